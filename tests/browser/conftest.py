"""Chromium by pytest-playwright, one server with seeded runs, and a page that is watched.

Every test's page must end without a console error, without a script error and without a request
to any other host: the fixture asserts it. A failed test leaves in `test-results/` a picture and the
elements of each page as it stood, what it asked for and was answered, and its trace
(python -m playwright show-trace FILE): every action and the console. `--tracing retain-on-failure`
keeps the page before and after every action, too, and costs a test that passes half as much again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from pytest_playwright import CreateContextCallback
from sqlalchemy import delete

from backend.store.tables import BatchJob, Run, Worker
from tests.browser.keeping import ONE_PROCESS, Kept, delay
from tests.browser.serving import Site, site
from tests.browser.watching import Watch
from tests.support import seed, seed_heatmaps
from tests.support.chromium import ARGUMENTS, CHROMIUM

TIMEOUT = 60_000  # milliseconds a page may take for anything; the machine may be busy


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, whichever that is."""
    if not CHROMIUM:
        pytest.skip("Chromium is not installed; `make system` installs it")
    expect.set_options(timeout=TIMEOUT)
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": [*ARGUMENTS, ONE_PROCESS],
    }


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Site]:
    """A server with three finished runs (1: hard, 2: label smoothing, 3: OLS) and no worker."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(migrated, folder)
    with site(folder) as place:
        for method in ("hard", "label_smoothing", "ols"):
            seed.finished(place.database, seed.spec(method, epochs=6), tags=["three"])
        yield place


@pytest.fixture(scope="session")
def large(lab: Site) -> int:
    """A run of 1,000 classes and six epochs."""
    return seed_heatmaps.large(lab.database, 1000, 6)


@pytest.fixture(scope="session")
def trained(lab: Site, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Three real epochs of OLS on glyphs, a fifth of whose labels is wrong."""
    return seed_heatmaps.trained(lab.database, tmp_path_factory.mktemp("datasets"), 3)


@pytest.fixture(scope="session")
def _workshop(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("workshop")
    shutil.copy(migrated, folder)
    with site(folder) as place:
        yield place


@pytest.fixture
def workshop(_workshop: Site) -> Site:
    """A server without any run, worker or job, for tests that need to know all of its queue."""
    with _workshop.database.write() as session:
        for table in (Run, Worker, BatchJob):
            session.execute(delete(table))
    return _workshop


Opener = Callable[..., Page]


@pytest.fixture(scope="session")
def kept(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Kept]:
    """The page that one test leaves to the next."""
    kept = Kept(browser, request.config.getoption("--latency"))
    yield kept
    kept.close()


@pytest.fixture
def visit(
    new_context: CreateContextCallback,
    kept: Kept,
    lab: Site,
    request: pytest.FixtureRequest,
    output_path: str,
) -> Iterator[Opener]:
    """Opens a page: `visit("/", width=1440, height=900, dark=False, expect=(), at=lab)`.

    Each is another person's, who has not been here before: a test's first page is the kept
    one, the others are in contexts of their own.
    """
    trace = request.config.getoption("--tracing") == "off"  # else the plugin does
    opened: list[tuple[BrowserContext, Watch]] = []

    def open_page(
        path: str,
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        expect: tuple[str, ...] = (),
        at: Site = lab,
    ) -> Page:
        if trace and not opened:
            context = kept.at(at.url)
        else:
            context = new_context(base_url=at.url)
            delay(context, request.config.getoption("--latency"))
        context.set_default_timeout(TIMEOUT)
        if trace:
            context.tracing.start()
        page = context.pages[0] if context is kept.context else context.new_page()
        watch = Watch(context, at.url)
        watch.expected = expect
        opened.append((context, watch))
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.goto(path)
        return page

    yield open_page
    failed = request.node.rep_call.failed  # pytest-playwright's note
    for number, (context, watch) in enumerate(opened, 1):
        if failed or watch.unexpected:
            folder = Path(output_path) / str(number)
            _keep(context, watch, folder, trace=trace)
        elif trace:
            context.tracing.stop()
        if context is not kept.context:
            context.close()
        elif failed:
            kept.close()
        else:
            kept.tidy()
        watch.end()
    for _, watch in opened:
        watch.check()


def _keep(context: BrowserContext, watch: Watch, folder: Path, *, trace: bool) -> None:
    """What helps to see why a test failed."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "answers.txt").write_text("\n".join(watch.answers))
    if trace:
        context.tracing.stop(path=folder / "trace.zip")
    for number, page in enumerate(context.pages, 1):
        file = folder / f"page-{number}"
        with suppress(Error):  # a page that has crashed
            page.screenshot(path=file.with_suffix(".png"))
            file.with_suffix(".html").write_text(page.content())
