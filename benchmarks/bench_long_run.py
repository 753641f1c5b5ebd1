"""A run of 10,000 epochs and 40 metrics, with the matrices of every hundredth epoch, on its page.

    python -m benchmarks.bench_long_run [EPOCHS]

Goals: usable (curves and heatmap drawn) under 3 s, the tab under 1 GB, an epoch's event under
100 ms of the main thread. The baseline of each figure is the same page of a run of 300 epochs.
Headless Chromium, software rendering. Memory is the renderer's proportional set (PSS).
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from statistics import median

import psutil
from playwright.sync_api import Browser, CDPSession
from sqlalchemy import insert, update

from backend.store.claims import Claim
from backend.store.tables import Epoch, Run
from benchmarks.lab import Lab, chromium, lab, report
from ols.spec.metrics import METRICS
from ols.training.epoch_report import EpochReport

BASELINE, LONG, KEPT = 300, 10_000, 100
EVENTS = 5
METRIC_NAMES = [one.name for one in METRICS][:40]

USABLE = """() => document.querySelectorAll(".side metric-chart[ready]").length === 2
    && document.querySelector("matrix-view").shown"""


def metrics_of(epoch: int, epochs: int) -> dict[str, float]:
    """Forty numbers with all their digits, as measurements have them."""
    return {
        name: 1 - 0.9 / (1 + (epoch + 7 * place) / epochs * 9) + 1e-9 * ((epoch * 7919) % 1000)
        for place, name in enumerate(METRIC_NAMES)
    }


def fill(server: Lab, epochs: int) -> tuple[Claim, list[EpochReport]]:
    """A running run at its last epochs; what it is still to report."""
    claim = server.claim(2, epochs)
    now = datetime.now(UTC)
    last = epochs - KEPT
    rows = [
        {
            "run_id": claim.run_id,
            "epoch": epoch,
            "attempt": claim.attempt,
            "metrics": metrics_of(epoch, epochs),
            "warnings": [],
            "recorded_at": now,
        }
        for epoch in range(1, last + 1)
        if epoch % KEPT
    ]
    with server.database.write() as session:
        session.execute(insert(Epoch), rows)
    this = Run.id == claim.run_id
    for epoch in range(KEPT, last + 1, KEPT):
        with server.database.write() as session:  # a recorder takes the epoch that comes next
            session.execute(update(Run).where(this).values(epoch=epoch - 1))
        made = report(epoch, epochs)
        made.metrics.update(metrics_of(epoch, epochs))
        server.record(claim, made)
    return claim, [
        EpochReport(epoch, epochs, metrics_of(epoch, epochs), {}, eta_seconds=1.0)
        for epoch in range(last + 1, last + EVENTS + 1)
    ]


def busy(session: CDPSession) -> float:
    """Seconds that the page's main thread has worked so far."""
    answer = session.send("Performance.getMetrics")["metrics"]
    return next(one["value"] for one in answer if one["name"] == "TaskDuration")


def memory() -> float:
    """MB of the largest renderer: the tab."""
    own = psutil.Process().children(recursive=True)
    renderers = [one for one in own if "--type=renderer" in one.cmdline()]
    return max(one.memory_full_info().pss for one in renderers) / 1e6


def measure(server: Lab, browser: Browser, epochs: int) -> None:
    """Prints what one run's page costs."""
    claim, coming = fill(server, epochs)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(90_000)
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    usable = []
    for _ in range(3):
        sizes.clear()
        page.goto(f"{server.address}/runs/{claim.run_id}", wait_until="commit")
        page.wait_for_function(USABLE)
        usable.append(page.evaluate("performance.now()"))
    page.locator("quality-panel").scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('quality-panel').hasAttribute('loaded')")
    page.wait_for_timeout(2000)
    nodes = page.evaluate("document.querySelectorAll('*').length")
    points = page.evaluate(
        """() => [...document.querySelectorAll("metric-chart")]
            .flatMap((chart) => chart.traces.map((trace) => trace.x.length))
            .reduce((sum, length) => sum + length, 0)"""
    )
    costs = []
    for each in coming:
        before = busy(session)
        server.record(claim, each)
        page.wait_for_function(
            "(epoch) => document.querySelector('[data-testid=accuracy-chart]')"
            ".traces[0].x.at(-1) === epoch",
            arg=each.epoch,
        )
        page.wait_for_timeout(1500)
        costs.append(1000 * (busy(session) - before))
    print(
        f"{epochs} epochs: usable {median(usable):.0f} ms (first {usable[0]:.0f}), "
        f"{sum(sizes) / 1e6:.2f} MB on the wire, {nodes} elements, {points} points, "
        f"tab {memory():.0f} MB, an epoch {median(costs):.0f} ms of the main thread"
    )
    context.close()


def main() -> None:
    longest = int(sys.argv[1]) if len(sys.argv) > 1 else LONG
    with lab() as server, chromium() as browser:
        for epochs in (BASELINE, longest):
            measure(server, browser, epochs)


if __name__ == "__main__":
    main()
