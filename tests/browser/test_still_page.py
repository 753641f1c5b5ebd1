"""A live page stands still: what one presses, points at or types into is never put anew."""

from __future__ import annotations

from itertools import pairwise

from playwright.sync_api import Page, expect

from backend.store import claims, runs
from backend.store.claims import Claim
from ols.spec.metrics import metric
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, wait_for_chart, wait_for_epoch
from tests.browser.serving import Site
from tests.support import seed

CLICKS = 20

# Which controls were put anew: taken away, while others that say the same stand there. And when the
# first curve was drawn.
WATCH = """(part) => {
    const controls = "button, a, input, summary, select";
    const place = document.querySelector(part);
    window.replaced = [];
    window.drawn = [];
    new MutationObserver((changes) => {
        const gone = changes.flatMap(({ removedNodes }) => [...removedNodes])
            .filter((node) => node.nodeType === Node.ELEMENT_NODE && !node.isConnected)
            .flatMap((node) => [node, ...node.querySelectorAll("*")])
            .filter((one) => one.matches(controls));
        const there = new Set([...place.querySelectorAll(controls)].map((one) => one.outerHTML));
        window.replaced.push(...gone.map((one) => one.outerHTML).filter((one) => there.has(one)));
    }).observe(place, { childList: true, subtree: true });
    const line = document.querySelector("[data-testid=accuracy-chart] .curves path.line");
    if (line) new MutationObserver(() => window.drawn.push(performance.now()))
        .observe(line, { attributes: true, attributeFilter: ["d"] });
}"""


def last_accuracy(lab: Site, claim: Claim) -> str:
    """As the head shows it once it is of the newest epoch."""
    with lab.database.read() as session:
        summary = runs.get(session, claim.run_id)["summary"]
    return f"last val top-1{metric('val_top1').text(summary['val_top1']['last'])}"


def watched_run(visit: Opener, lab: Site) -> tuple[Claim, Page]:
    """A run after two of its hundred epochs, and its page, whose replaced controls are counted."""
    claim = seed.start(lab.database, seed.spec("ols", "digits", epochs=100))
    seed.train(lab.database, claim, 1, 2)
    page = visit(f"/runs/{claim.run_id}")
    wait_for_chart(page, "accuracy-chart")
    wait_for_epoch(page, 2)
    page.evaluate(WATCH, "main")
    return claim, page


def test_every_click_lands_however_fast_the_epochs_come(visit: Opener, lab: Site) -> None:
    """An epoch comes while the button is down, and the page shows it before it is let go."""
    claim, page = watched_run(visit, lab)
    more = page.get_by_role("button", name="More", exact=True)
    page.evaluate("() => (window.more = document.querySelector('run-head action-menu > button'))")
    box = more.bounding_box()
    assert box
    landed = 0
    for click in range(CLICKS):
        epoch = 3 + click
        page.mouse.move(box["x"] + 8, box["y"] + 8)
        page.mouse.down()
        seed.train(lab.database, claim, epoch, epoch)
        expect(page.locator('run-head [data-live="note"]')).to_contain_text(f"{epoch}/100")
        expect(page.locator("run-head .facts")).to_contain_text(last_accuracy(lab, claim))
        page.mouse.up()
        landed += more.get_attribute("aria-expanded") == ("true" if click % 2 == 0 else "false")
    assert landed == CLICKS
    assert page.evaluate("window.more.isConnected")
    assert page.evaluate("window.replaced") == []
    with lab.database.write() as session:
        claims.cancelled(session, claim)


def test_what_is_typed_into_the_menu_stays(visit: Opener, lab: Site) -> None:
    claim = seed.start(lab.database, seed.spec("ols", "digits", epochs=9))
    seed.train(lab.database, claim, 1, 1)
    page = visit(f"/runs/{claim.run_id}")
    wait_for_epoch(page, 1)
    page.get_by_role("button", name="More", exact=True).click()
    field = page.locator("run-head [data-action=rename] input")
    field.fill("half a na")
    seed.train(lab.database, claim, 2, 2)
    expect(page.locator("run-head .facts")).to_contain_text(last_accuracy(lab, claim))
    expect(field).to_be_focused()
    page.keyboard.type("me")
    expect(field).to_have_value("half a name")
    with lab.database.write() as session:
        claims.cancelled(session, claim)


def test_epochs_are_shown_at_most_twice_a_second_and_none_is_lost(visit: Opener, lab: Site) -> None:
    claim, page = watched_run(visit, lab)
    for epoch in range(3, 33):
        seed.train(lab.database, claim, epoch, epoch)
    wait_for_epoch(page, 32)
    x = by_id(page, "accuracy-chart").evaluate("(chart) => chart.traces[0].x")
    assert x == list(range(1, 33))
    page.wait_for_function("() => window.drawn.length > 0")
    times = page.evaluate("window.drawn")
    assert all(later - earlier > 450 for earlier, later in pairwise(times))
    facts = page.locator("run-head .facts")
    of_events = facts.inner_text()
    assert "picked on" in of_events  # of the best epoch, which need not be the last
    page.reload()
    expect(facts).to_have_text(of_events, use_inner_text=True)  # as the server writes them
    with lab.database.write() as session:
        claims.cancelled(session, claim)


def test_rows_keep_their_controls_while_their_runs_train(visit: Opener, lab: Site) -> None:
    claim = seed.start(lab.database, seed.spec("ols", "digits", epochs=9))
    seed.train(lab.database, claim, 1, 1)
    page = visit("/")
    row = page.locator(f"#run-{claim.run_id}")
    expect(row).to_contain_text("1/9")
    page.evaluate(WATCH, "main")
    row.get_by_role("checkbox").check()
    row.get_by_role("link").first.focus()
    seed.train(lab.database, claim, 2, 3)
    expect(row).to_contain_text("3/9")
    expect(row.get_by_role("link").first).to_be_focused()
    expect(row.get_by_role("checkbox")).to_be_checked()
    assert page.evaluate("window.replaced") == []
    with lab.database.write() as session:
        claims.cancelled(session, claim)
    expect(row).to_contain_text("cancelled")
    assert page.evaluate("window.replaced") == []
