"""axe-core finds nothing on any page, in both themes, on a laptop and on a phone; a search's page
is looked at in test_search_page.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Page

from backend.pages import routes
from backend.store import claims, experiments, requests
from ols.spec.sweep import Sweep
from tests.browser.axe import in_all_looks, violations
from tests.browser.conftest import Opener
from tests.browser.looking import wait_for_chart, wait_for_heatmap
from tests.browser.serving import Site
from tests.support import seed


@pytest.fixture(scope="module", autouse=True)
def experiment(lab: Site) -> None:
    """Experiment 1, whose runs nobody waits for."""
    sweep = Sweep.parse({"spec": {"dataset": "digits"}, "grid": {"method": ["hard", "ols"]}})
    with lab.database.write() as session:
        if not experiments.listing(session):
            made = experiments.submit(session, sweep, name="two methods")
            experiments.act(session, made.id, "cancel")


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


def _mixture(page: Page) -> None:
    """The step of the story in which both sliders stand."""
    page.locator("#step-mix").evaluate("(section) => section.scrollIntoView()")
    page.get_by_test_id("story-alpha").and_(page.locator(":enabled")).wait_for()


def _menus(page: Page) -> None:
    """One menu of the runs table open; the others are alike."""
    if not page.locator("condition-builder").is_visible():
        page.get_by_role("button", name="Condition").click()


def _at_once(_: Page) -> None:
    """Nothing is waited for."""


PAGES: dict[str, Callable[[Page], None]] = {
    "/": _at_once,
    "/?q=nothing-is-called-so": _at_once,
    "/?group=method.name&tag=three": _at_once,
    "/?columns=method,spec.seed,val_ece.last&where=spec.seed=0": _menus,
    "/runs/new": _at_once,
    "/runs/new?ablation=period": _at_once,
    "/runs/3?class=24": _charts,
    "/runs/3/audit": _at_once,
    "/runs/3/fork?epoch=2": _at_once,
    "/compare?runs=1,2,3": _comparison,
    "/compare": _at_once,
    "/experiments": _at_once,
    "/experiments/1": _at_once,
    "/workers": _at_once,
    "/notifications": _at_once,
    "/account": _at_once,
    "/sign-in": _at_once,
    "/table": _at_once,
    "/noise": _at_once,
    "/methods": _at_once,
    "/methods/ols": _mixture,
    "/methods/sat": _at_once,
    "/runs/424242": _at_once,
    "/docs": _at_once,
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


def test_a_run_that_waits_or_failed_has_noviolations(visit: Opener, lab: Site) -> None:
    with lab.database.write() as session:
        waiting = requests.submit(session, name=None, tags=[], spec=seed.spec("ols"))
    claim = seed.start(lab.database, seed.spec("ols", "digits", 0))
    with lab.database.write() as session:
        claims.fail(session, claim, "diverged", "The loss became NaN.", "last line")
    for run in (waiting.id, claim.run_id):
        page = visit(f"/runs/{run}", width=760)
        page.locator("metric-chart[ready]").first.wait_for()
        assert not violations(page)
    with lab.database.write() as session:
        requests.cancel(session, waiting.id)


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(visit: Opener, path: str) -> None:
    page = visit(path, expect=("status of 404",))
    found = in_all_looks(page, PAGES[path])
    assert not found, "\n".join(found)
