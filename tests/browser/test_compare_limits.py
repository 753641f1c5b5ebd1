"""An address may name any number of runs: fifty are compared, the page says what it left out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from playwright.sync_api import Page, expect

from backend.store import claims, recorder
from ols.training.epoch_report import EpochReport
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, wait_for_chart
from tests.browser.serving import Site
from tests.support import seed


@pytest.fixture(scope="module")
def many(lab: Site) -> list[int]:
    """Sixty runs of two epochs, of six settings; without matrices, which cost the most."""
    run_ids = []
    for number in range(60):
        method = ("hard", "label_smoothing", "ols")[number % 3]
        spec = seed.spec(method, epochs=2, rate=(0, 0.2)[number % 2], seed=number)
        claim = seed.start(lab.database, spec)
        with lab.database.write() as session:
            for epoch in (1, 2):
                metrics = {"val_top1": 0.5 + number / 1000, "val_ece": 0.1, "epoch_seconds": 1.0}
                report = EpochReport(epoch, 2, metrics, {})
                recorder.record_epoch(session, claim, report, seed.LEASE)
            claims.finish(session, claim)
        run_ids.append(claim.run_id)
    return run_ids


def comparison(visit: Opener, run_ids: Sequence[int]) -> Page:
    return visit(f"/compare?results=runs&lines=runs&runs={','.join(map(str, run_ids))}")


def test_fifty_runs_are_compared(visit: Opener, many: list[int]) -> None:
    page = comparison(visit, many[:50])
    shown = [t for t in wait_for_chart(page, "compare-chart") if t["visible"]]
    assert len(shown) == 50
    expect(page.locator("table.results tbody tr")).to_have_count(50)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert by_id(page, "compare-heatmaps").locator("canvas").count() <= 3 * 8, "as many as one sees"
    by_id(page, "compare-chart").get_by_text("val ECE").click()  # the tab answers
    page.wait_for_function(
        """() => document.querySelector("metric-chart").traces
            .filter((trace) => trace.visible === true && trace.meta.metric === "val_ece")
            .length === 50"""
    )


def test_of_more_the_page_says_what_it_left_out(visit: Opener, many: list[int]) -> None:
    page = comparison(visit, many[:51])
    expect(page.get_by_role("alert")).to_contain_text("first 50 of the address, 1 run was left out")
    expect(page.locator("table.results tbody tr")).to_have_count(50)


def test_five_hundred_numbers_are_an_address_like_any_other(visit: Opener, many: list[int]) -> None:
    """Most of them are nobody's."""
    page = comparison(visit, [*range(500_000, 500_040), *many, *range(600_000, 600_400)])
    alerts = page.get_by_role("alert")
    expect(alerts.filter(has_text="450 runs were left out")).to_have_count(1)
    expect(alerts.filter(has_text="There is no run 500000")).to_contain_text("and 20 more")
    expect(page.locator("table.results tbody tr")).to_have_count(10)
    wait_for_chart(page, "compare-chart")
