"""A run of 10,000 epochs and 40 metrics, with the matrices of every hundredth epoch, on its page.

    python -m benchmarks.bench_long_run [--epochs 10000] [--baseline CHECKOUT]

Goals: open (curves and heatmap drawn) under 1.5 s, under 6,000 nodes and 150 MB of heap, an epoch's
event under 10 ms of the main thread, the slider at 30 pictures per second; with an empty cache the
curves stand after at most 400 kB, over 3G (400 kb/s, 400 ms) curves and heatmap within 6 s. The
baseline of each figure is the same page of the checkout that is named, in the same minutes; without
one it is that of a run of 300 epochs. Headless Chromium, software rendering.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from datetime import UTC, datetime
from statistics import mean, median

from playwright.sync_api import Browser, CDPSession, Page
from sqlalchemy import insert, update

from backend.store.claims import Claim
from backend.store.tables import Epoch, Run
from benchmarks.lab import Lab, chromium, lab, report
from ols.spec.metrics import METRICS
from ols.training.epoch_report import EpochReport

SHORT, LONG, KEPT = 300, 10_000, 100
EVENTS = 16
EVENT_SECONDS = 2.0  # within which all that an event brings has been drawn, also on a busy machine
METRIC_NAMES = [one.name for one in METRICS][:40]
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}

CURVES = "() => document.querySelectorAll('.side metric-chart[ready]').length === 2"
LAST_EPOCH = "() => document.querySelector('[data-testid=accuracy-chart]').traces[0].x.at(-1)"
USABLE = f"() => ({CURVES})() && document.querySelector('matrix-view').shown"

# Moves the slider in every frame for two seconds: how many epochs of the heatmap were drawn.
SLIDE = """() => new Promise((resolve) => {
    const range = document.querySelector("[data-testid=heatmap-epoch]");
    const epochs = document.querySelector("soft-label-player").epochs;
    const shown = new Set();
    document.addEventListener("frameshown", ({ detail }) => shown.add(performance.now() | 0));
    const begun = performance.now();
    let [at, frames] = [0, 0];
    const move = () => {
        if (performance.now() - begun > 2000) {
            const seconds = (performance.now() - begun) / 1000;
            return resolve({ frames: frames / seconds, shown: shown.size / seconds });
        }
        frames += 1;
        range.value = epochs[(at += 1) % epochs.length];
        range.dispatchEvent(new Event("input", { bubbles: true }));
        requestAnimationFrame(move);
    };
    move();
})"""

# Plays at the highest speed for three seconds: how many epochs were drawn.
PLAY = """() => new Promise((resolve) => {
    let shown = 0;
    const speed = document.querySelector("[data-control=speed]");
    speed.value = [...speed.options].at(-1).value;
    speed.dispatchEvent(new Event("change", { bubbles: true }));
    const loop = document.querySelector("[data-control=loop]");
    if (!loop.checked) loop.click();
    document.querySelector("[data-testid=heatmap-play]").click();
    document.addEventListener("frameshown", () => (shown += 1));
    setTimeout(() => resolve(shown / 3), 3000);
})"""


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
        kept = report(epoch, epochs)
        kept.metrics.update(metrics_of(epoch, epochs))
        server.record(claim, kept)
    return claim, [
        EpochReport(epoch, epochs, metrics_of(epoch, epochs), {}, eta_seconds=1.0)
        for epoch in range(last + 1, last + EVENTS + 1)
    ]


def counted(session: CDPSession, name: str) -> float:
    """One of Chromium's own counters of a page."""
    answer = session.send("Performance.getMetrics")["metrics"]
    return next(one["value"] for one in answer if one["name"] == name)


def first_visit(browser: Browser, address: str, *, slow: bool) -> str:
    """How many bytes and seconds a browser that has nothing yet needs for curves and heatmap."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    if slow:
        session.send("Network.emulateNetworkConditions", SLOW)
    sizes: list[float] = []
    session.on("Network.dataReceived", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address, wait_until="commit")
    page.wait_for_function(CURVES)
    curves, kilobytes = page.evaluate("performance.now()") / 1000, sum(sizes) / 1000
    page.wait_for_function(USABLE)
    both = page.evaluate("performance.now()") / 1000
    requests = page.evaluate("performance.getEntriesByType('resource').length")
    context.close()
    return (
        f"curves {curves:.2f} s after {kilobytes:.0f} kB, heatmap too {both:.2f} s, "
        f"{requests} requests"
    )


def event_cost(
    server: Lab, page: Page, session: CDPSession, work: tuple[Claim, list[EpochReport]]
) -> list[float]:
    """Milliseconds of the main thread for each epoch's event."""
    claim, coming = work
    costs = []
    for each in coming:
        before = counted(session, "TaskDuration")
        server.record(claim, each)
        page.wait_for_timeout(EVENT_SECONDS * 1000)  # polling in the page would count
        costs.append(1000 * (counted(session, "TaskDuration") - before))
        assert page.evaluate(LAST_EPOCH) == each.epoch
    return costs


def measure(server: Lab, browser: Browser, epochs: int) -> None:
    """Prints what one run's page costs."""
    claim, coming = fill(server, epochs)
    address = f"{server.address}/runs/{claim.run_id}"
    print(f"  {epochs} epochs, first visit: {first_visit(browser, address, slow=False)}")
    print(f"  {epochs} epochs, over 3G: {first_visit(browser, address, slow=True)}")
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(90_000)
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})  # CPU time: others work too
    usable = []
    for _ in range(5):
        page.goto(address, wait_until="commit")
        page.wait_for_function(USABLE)
        usable.append(page.evaluate("performance.now()"))
    page.wait_for_timeout(2000)
    short = event_cost(server, page, session, (claim, coming[: EVENTS // 2]))
    sliding = page.evaluate(SLIDE)
    playing = page.evaluate(PLAY)
    page.locator("[data-testid=heatmap-play]").click()
    page.locator("quality-panel").scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('quality-panel').hasAttribute('loaded')")
    page.wait_for_timeout(2000)
    nodes = page.evaluate("document.evaluate('count(//node())', document).numberValue")
    session.send("HeapProfiler.collectGarbage")
    heap = counted(session, "JSHeapUsedSize") / 1e6
    panel = event_cost(server, page, session, (claim, coming[EVENTS // 2 :]))
    print(
        f"  {epochs} epochs, again: open {median(usable):.0f} ms; {nodes:.0f} nodes, heap "
        f"{heap:.0f} MB with the quality panel; an epoch {mean(short):.1f} ms of main thread, "
        f"{mean(panel):.1f} at that panel; slider {sliding['frames']:.0f} pictures and "
        f"{sliding['shown']:.0f} epochs per second, playing {playing:.0f} epochs per second"
    )
    context.close()


def elsewhere(checkout: str, *arguments: str) -> None:
    """The same measurement of another checkout's code, which says its name first."""
    print(f"{checkout}:", flush=True)
    environment = {**os.environ, "PYTHONPATH": checkout}
    command = [sys.executable, __file__, *arguments]
    subprocess.run(command, cwd=checkout, env=environment, check=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=LONG)
    parser.add_argument("--baseline", default="", help="a checkout of older code")
    given = parser.parse_args()
    if given.baseline:
        elsewhere(given.baseline, "--epochs", str(given.epochs))
    print(f"load {os.getloadavg()[0]:.1f}", flush=True)
    with lab() as server, chromium() as browser:
        for epochs in sorted({SHORT, given.epochs}):
            measure(server, browser, epochs)


if __name__ == "__main__":
    main()
