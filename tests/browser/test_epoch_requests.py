"""What an epoch costs on an open run page: at most one request beside the stream."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, Request, expect

from backend.store import recorder
from backend.store import requests as run_requests
from backend.store.claims import Claim
from ols.spec.run_spec import RunSpec
from ols.training.epoch_report import EpochReport
from tests.browser.looking import by_id, set_slider, wait_for_epoch
from tests.browser.serving import Site
from tests.support import seed

Opener = Callable[..., Page]

LAPTOP = (900, ())
ALL_IN_SIGHT = (5000, ("log", "matrix-table"))  # a window that high, and folds that are open


class Requests:
    """What the page asks for; without pictures, each of which is fetched once, and the queue's
    state, which is looked at every ten seconds whatever the run does."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.asked: list[str] = []
        # On a busy machine a run reports so rarely that its head is looked after.
        page.evaluate("() => clearInterval(document.querySelector('run-head').watch)")
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if "/fragments/queue" not in request.url and request.resource_type != "image":
            self.asked.append(f"{request.url} {request.post_data or ''}")

    def wait_for_silence(self) -> list[str]:
        """What was asked until nothing came for two seconds."""
        before = -1
        while before != len(self.asked):
            before = len(self.asked)
            self._page.wait_for_timeout(2000)
        taken, self.asked = self.asked, []
        return taken


def opened(visit: Opener, lab: Site, height: int, folds: tuple[str, ...]) -> tuple[Page, Claim]:
    claim = seed.start(lab.database, seed.spec("ols", epochs=9))
    seed.train(lab.database, claim, 1, 2)
    page = visit(f"/runs/{claim.run_id}", height=height)
    wait_for_epoch(page, 2)
    for fold in folds:
        page.locator(f"details:is([data-fold={fold}], [data-testid={fold}]) > summary").click()
    return page, claim


def wait_for_news(page: Page, epoch: int, *, whole: bool) -> None:
    """Until what stands in the window is of this epoch."""
    wait_for_epoch(page, epoch)
    expect(page.locator('run-head [data-live="note"]')).to_contain_text(f"{epoch}/9")
    expect(page.locator("run-head .facts")).to_contain_text(f"epoch {epoch}")  # of the best one
    for name in ("class", "table", "quality", "reliability") if whole else ():
        expect(page.locator(f'[data-live="{name}-epoch"]')).to_contain_text(f"epoch {epoch}")
    if whole:
        last = "() => document.querySelector('[data-testid=class-chart]').traces[0].x.at(-1)"
        page.wait_for_function(f"(epoch) => ({last})() === epoch", arg=epoch)


@pytest.mark.parametrize(("height", "folds"), [LAPTOP, ALL_IN_SIGHT])
def test_an_epoch_costs_one_request_however_much_is_in_sight(
    visit: Opener, lab: Site, height: int, folds: tuple[str, ...]
) -> None:
    page, claim = opened(visit, lab, height, folds)
    requests = Requests(page)
    requests.wait_for_silence()
    for epoch in (3, 4):
        seed.train(lab.database, claim, epoch, epoch)
        wait_for_news(page, epoch, whole=height > 2000)
        asked = requests.wait_for_silence()
        assert len(asked) == 1, asked


def test_one_who_looks_at_an_earlier_epoch_pays_no_more(visit: Opener, lab: Site) -> None:
    page, claim = opened(visit, lab, *ALL_IN_SIGHT)
    set_slider(page, 1)
    requests = Requests(page)
    requests.wait_for_silence()
    seed.train(lab.database, claim, 3, 3)
    expect(by_id(page, "heatmap-epoch")).to_have_attribute("max", "3")
    expect(page.locator('run-head [data-live="note"]')).to_contain_text("3/9")
    asked = requests.wait_for_silence()
    assert len(asked) == 1, asked
    wait_for_epoch(page, 1)


def test_an_epoch_of_many_classes_comes_whole_and_once(visit: Opener, lab: Site) -> None:
    """Above 256 classes frames have previews, which are for playing."""
    classes = tuple(f"class {index}" for index in range(300))
    with lab.database.write() as session:
        run = run_requests.submit(session, name=None, tags=[], spec=seed.spec("ols", epochs=9))
    claim = seed.claimed(lab.database, run.id)
    spec = RunSpec.parse(claim.spec)

    def record(epoch: int) -> None:
        soft = np.full((300, 300), epoch / 3000, np.float32)
        report = EpochReport(
            epoch=epoch,
            epochs=9,
            metrics={"val_top1": epoch / 9},
            matrices={"soft_labels": soft},
            eta_seconds=1.0,
        )
        with lab.database.write() as session:
            recorder.record_epoch(session, claim, report, seed.LEASE)

    with lab.database.write() as session:
        recorder.record_info(session, claim, seed.info(spec, classes))
    record(1)
    page = visit(f"/runs/{run.id}")
    wait_for_epoch(page, 1)
    asked = Requests(page)
    asked.wait_for_silence()
    record(2)
    wait_for_epoch(page, 2)
    seen = asked.wait_for_silence()
    assert len(seen) == 1, seen
    assert "preview" not in seen[0]
