"""axe-core finds nothing on any page, in both themes, on a laptop and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.routing import APIRoute
from playwright.sync_api import Page
from sqlalchemy import delete

from backend.pages import routes
from backend.store import claims, experiments, requests
from backend.store.tables import Worker
from ols.spec.sweep import Sweep
from tests.browser.conftest import Opener
from tests.browser.looking import wait_for_chart, wait_for_heatmap
from tests.browser.serving import Site
from tests.support import searched, seed


@pytest.fixture(scope="module", autouse=True)
def experiment(lab: Site) -> None:
    """Experiment 1, whose runs nobody waits for."""
    sweep = Sweep.parse({"spec": {"dataset": "digits"}, "grid": {"method": ["hard", "ols"]}})
    with lab.database.write() as session:
        if not experiments.listing(session):
            made = experiments.submit(session, sweep, name="two methods")
            experiments.act(session, made.id, "cancel")
    with lab.database.read() as session:
        only_one = len(experiments.listing(session)) == 1
    if only_one:
        searched.search(lab.database, 12)
        with lab.database.write() as session:
            session.execute(delete(Worker))


def _charts(page: Page) -> None:
    wait_for_heatmap(page)
    wait_for_chart(page, "accuracy-chart")
    for panel in ("class", "pairs", "quality", "reliability"):
        page.locator(f"#{panel}").scroll_into_view_if_needed()
        page.locator(f"#{panel}[loaded]").wait_for()
    page.locator("[data-fold=table]").evaluate("(details) => (details.open = true)")
    page.get_by_test_id("matrix-table").scroll_into_view_if_needed()
    page.get_by_test_id("matrix-table").evaluate("(details) => (details.open = true)")
    # Its rows are alike but for their shades: 3,844 cells.
    page.locator(".whole-matrix").evaluate(
        "(table) => [...table.querySelectorAll('tbody tr')].slice(6).forEach((row) => row.remove())"
    )


def _comparison(page: Page) -> None:
    wait_for_heatmap(page)
    wait_for_chart(page, "compare-chart")


def _search(page: Page) -> None:
    wait_for_chart(page, "search-over-time")


def _mixture(page: Page) -> None:
    """The step of the story in which both sliders stand."""
    page.locator("#step-mix").evaluate("(section) => section.scrollIntoView()")
    page.get_by_test_id("story-alpha").and_(page.locator(":enabled")).wait_for()


def _menus(page: Page) -> None:
    """One menu of the runs table open; the others are alike."""
    if not page.locator("condition-builder").is_visible():
        page.get_by_role("button", name="Condition").click()


PAGES: dict[str, Callable[[Page], None] | None] = {
    "/": None,
    "/?q=nothing-is-called-so": None,
    "/?group=method.name&tag=three": None,
    "/?columns=method,spec.seed,val_ece.last&where=spec.seed=0": _menus,
    "/runs/new": None,
    "/runs/new?ablation=period": None,
    "/runs/3?class=24": _charts,
    "/runs/3/audit": None,
    "/runs/3/fork?epoch=2": None,
    "/compare?runs=1,2,3": _comparison,
    "/compare": None,
    "/experiments": None,
    "/experiments/1": None,
    "/experiments/2": _search,
    "/workers": None,
    "/notifications": None,
    "/account": None,
    "/sign-in": None,
    "/table": None,
    "/noise": None,
    "/methods": None,
    "/methods/ols": _mixture,
    "/methods/sat": None,
    "/runs/424242": None,
    "/docs": None,
}
# All rules once; in the other looks those alone that see a colour or what fits into the window.
_OF_LOOKS = ("color-contrast", "scrollable-region-focusable")
_LOOKS: dict[str, tuple[bool, int, tuple[str, ...]]] = {  # dark, width, rules
    "light": (False, 1440, ()),
    "dark": (True, 1440, _OF_LOOKS),
    "narrow": (True, 360, _OF_LOOKS),
}


def test_no_page_is_left_out() -> None:
    shown = [path.partition("?")[0] for path in PAGES]
    addresses = [
        route
        for module in routes.PAGES
        for route in module.router.routes
        if isinstance(route, APIRoute)
        and "GET" in route.methods
        and not route.path.startswith(("/fragments", "/reports"))
    ]
    assert len(addresses) >= 8
    handlers = {  # one may answer at two addresses
        route.endpoint for route in addresses if any(map(route.path_regex.match, shown))
    }
    for route in addresses:
        assert route.endpoint in handlers, route.path


def test_a_run_that_waits_or_failed_has_no_violations(visit: Opener, lab: Site) -> None:
    with lab.database.write() as session:
        waiting = requests.submit(session, name=None, tags=[], spec=seed.spec("ols"))
    claim = seed.start(lab.database, seed.spec("ols", "digits", 0))
    with lab.database.write() as session:
        claims.fail(session, claim, "diverged", "The loss became NaN.", "last line")
    for run in (waiting.id, claim.run_id):
        page = visit(f"/runs/{run}", width=760)
        page.locator("metric-chart[ready]").first.wait_for()
        assert not _violations(page)
    with lab.database.write() as session:
        requests.cancel(session, waiting.id)


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(visit: Opener, path: str) -> None:
    settle = PAGES[path]
    found = []
    page = visit(path, expect=("status of 404",))
    for name, (dark, width, rules) in _LOOKS.items():
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.set_viewport_size({"width": width, "height": 900})
        if settle:
            settle(page)
        found += [f"{name}: {line}" for line in _violations(page, rules)]
    assert not found, "\n".join(found)


# Of neighbours that differ in their texts alone, axe looks at so many: it would take seconds for
# the thousands of cells and lines of a long page, at each look.
_ALIKE = 3
_THIN_OUT = """(most) => {
    const shape = (element) => {
        const own = [...element.attributes].map(({ name, value }) =>
            ["class", "style", "role", "type"].includes(name) ? `${name}=${value}` : name);
        return `<${element.tagName} ${own.join(" ")}>${[...element.children].map(shape).join("")}`;
    };
    const thinOut = (element) => {
        const met = new Map();
        for (const child of [...element.children]) {
            const key = shape(child);
            met.set(key, (met.get(key) ?? 0) + 1);
            if (met.get(key) > most) child.remove();
            else thinOut(child);
        }
    };
    thinOut(document.body);
}"""


def _violations(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe says, by all of its rules or these."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    page.evaluate(_THIN_OUT, _ALIKE)
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("async (options) => (await axe.run(options)).violations", options)
    return [
        f"{rule['id']} ({rule['impact']}) {node['html'][:160]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]
