"""From a filter's input to the new rows on the screen, with 10,000 runs in the database.

    python -m benchmarks.bench_filtering [--runs 10000] [--epochs 300] [--only SQLite]

In headless Chromium, on SQLite and PostgreSQL: a text is typed and entered, a state is chosen,
a column's head is clicked, runs are grouped. The clock runs from the browser's time of the input
event to the frame after the one in which the new rows stood. Goal: 300 ms. The baseline is the
first byte of the new page: the server. Medians and 95th percentiles of the rounds in turn.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.lab import Lab, chromium, databases, lab
from benchmarks.many_runs import arguments, fill

ROUNDS = 12

# In every document: notes the time of an input on its way out, and of its own rows' first frame.
# Times are since 1970, so that those of two documents compare.
WATCH = """
for (const kind of ["keydown", "change", "click"]) {
  addEventListener(kind, (event) => {
    if (kind === "keydown" && event.key !== "Enter") return;
    sessionStorage.setItem("input", performance.timeOrigin + event.timeStamp);
  }, {capture: true});
}
window.painted = new Promise((resolve) => {
  const look = () => {
    if (!document.querySelector("tbody tr")) return requestAnimationFrame(look);
    requestAnimationFrame(() => {
      const {responseStart} = performance.getEntriesByType("navigation")[0];
      const before = performance.timeOrigin - Number(sessionStorage.getItem("input"));
      resolve({total: before + performance.now(), first: before + responseStart});
    });
  };
  requestAnimationFrame(look);
});
"""


def search(page: Page) -> None:
    """A text of a name, and Enter."""
    page.locator("[name=q]").press_sequentially("ols-42")
    page.locator("[name=q]").press("Enter")


def choose_state(page: Page) -> None:
    """A state that 2% of the runs are in."""
    page.locator(".filters select[name=state]").select_option("failed")


def sort_by_metric(page: Page) -> None:
    """The head of a metric's column."""
    page.locator("th.c-ece a").click()


def group(page: Page) -> None:
    """By the fields that a view of the menu names."""
    page.locator("action-menu", has_text="Views").locator("> button").click()
    page.locator("text=Means by method and noise").click()


ACTIONS: tuple[tuple[str, Callable[[Page], None], str, str], ...] = (
    ("text, Enter", search, "q=ols-42", "ols-42"),
    ("state chosen", choose_state, "state=failed", "failed"),
    ("sorted by ECE", sort_by_metric, "sort=-val_ece.last", ""),
    ("grouped", group, "group=method.name", "±"),
)


def one(page: Page, address: str, action: tuple[Any, ...]) -> dict[str, float]:
    """From the unfiltered page; what the new one shows is looked at too."""
    _, act, query, shows = action
    page.goto(address)
    page.evaluate("() => window.painted")
    page.wait_for_timeout(150)  # its modules have run
    with page.expect_navigation(wait_until="commit"):
        act(page)
    painted: dict[str, float] = page.evaluate("() => window.painted")
    assert query in page.url.replace("%2C", ","), page.url
    assert shows in page.locator("tbody tr").first.inner_text()
    return painted


def measure(browser: Browser, server: Lab, name: str) -> None:
    """Prints a line per action; the first round fills the browser's cache and is not counted."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(WATCH)
    page = context.new_page()
    measured: dict[str, list[dict[str, float]]] = {title: [] for title, *_ in ACTIONS}
    for _ in range(ROUNDS + 1):
        for action in ACTIONS:
            measured[action[0]].append(one(page, server.address, action))
    for title, rounds in measured.items():
        total = [round["total"] for round in rounds[1:]]
        first = median(round["first"] for round in rounds[1:])
        print(
            f"{name}: {title:14} painted {median(total):4.0f} ms, "
            f"p95 {quantiles(total, n=20)[-1]:4.0f}, best {min(total):4.0f}; "
            f"first byte {first:4.0f} ms ({median(total) / first:.1f}x)",
            flush=True,
        )
    context.close()


def main() -> None:
    args = arguments(__doc__)
    with databases() as addresses:
        for name, url in addresses.items():
            if args.only not in (None, name):
                continue
            fill(url, args.runs, args.epochs)
            with lab(url) as server, chromium() as browser:
                measure(browser, server, name)


if __name__ == "__main__":
    main()
