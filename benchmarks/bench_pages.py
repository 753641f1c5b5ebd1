"""The pages with 200 runs in the database: time to stand, bytes, memory of the web process.

    python -m benchmarks.bench_pages

Goals, warm on loopback: the runs table visible under 300 ms, a run's chart under 500 ms; the web
process under 150 MB. The baseline of each page is its first byte: what the server needs.
"""

from __future__ import annotations

from statistics import median

import psutil
from playwright.sync_api import Browser, Page

from benchmarks.lab import Lab, chromium, lab, report

RUNS = 200
EPOCHS = 20
VISITS = 7

# Milliseconds from navigation until the element has a size, looked at once per frame.
UNTIL = """selector => new Promise(resolve => {
  const look = () => {
    const element = document.querySelector(selector);
    if (element && element.getBoundingClientRect().height > 0) {
      const entry = performance.getEntriesByType('navigation')[0];
      resolve({visible: performance.now(), first: entry.responseStart});
    } else requestAnimationFrame(look);
  };
  look();
})"""


def fill(server: Lab) -> None:
    """200 finished runs of 20 epochs; only the last ten bring matrices of every epoch."""
    for number in range(RUNS):
        claim = server.claim(number, EPOCHS)
        for epoch in range(1, EPOCHS + 1):
            server.record(claim, report(epoch, EPOCHS))
        server.finish(claim)


def visit(page: Page, url: str, selector: str) -> dict[str, float]:
    """Milliseconds until `selector` is visible, and until the first byte."""
    page.goto(url, wait_until="commit")
    times: dict[str, float] = page.evaluate(UNTIL, selector)
    return times


def measure(browser: Browser, name: str, url: str, selector: str) -> None:
    """Prints a page's cold and warm times and bytes."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    requests: list[str] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.on("request", lambda request: requests.append(request.url))
    cold = visit(page, url, selector)
    page.wait_for_timeout(1500)
    cold_bytes, cold_requests = sum(sizes), len(requests)
    warm = [visit(page, url, selector) for _ in range(VISITS)]
    visible = median(entry["visible"] for entry in warm)
    first = median(entry["first"] for entry in warm)
    print(
        f"{name}: cold {cold['visible']:.0f} ms, {cold_bytes / 1e6:.2f} MB, "
        f"{cold_requests} requests; warm {visible:.0f} ms visible, first byte {first:.0f} ms "
        f"({visible / max(first, 1):.1f}x)"
    )
    context.close()


def main() -> None:
    with lab() as server, chromium() as browser:
        fill(server)
        memory = psutil.Process(server.pid).memory_info().rss / 1e6
        chart = "[data-testid=accuracy-chart] .curves g"
        row = f"[data-testid=run-row]:nth-of-type({RUNS // 4})"
        measure(browser, "runs page", f"{server.address}/?limit={RUNS}", row)
        measure(browser, "run page, chart", f"{server.address}/runs/{RUNS}", chart)
        after = psutil.Process(server.pid).memory_info().rss / 1e6
        print(f"web process: {memory:.0f} MB before, {after:.0f} MB after")


if __name__ == "__main__":
    main()
