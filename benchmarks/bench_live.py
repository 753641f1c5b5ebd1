"""From an epoch's commit to its pixels on an open page, in Chromium.

    python -m benchmarks.bench_live

The goal is a median under 1.5 s. The clock starts when the recorder's transaction is committed and
stops in the frame in which the heatmap's canvas, respectively the curve, has changed. The baseline
is the server's own interval between two looks at the table of events.
"""

from __future__ import annotations

import time
from statistics import median

from backend.server.live_events import INTERVAL
from benchmarks.lab import chromium, lab, report

EPOCHS = 25

# Watches the canvas and the curve once per frame, and notes when each has changed.
WATCH = """() => {
  window.__seen = {heatmap: [], curve: []};
  const canvas = document.querySelector(
    '[data-testid=heatmap] canvas, canvas[data-testid=heatmap]');
  const line = document.querySelector('[data-testid=accuracy-chart] .curves path');
  const points = () => line.getAttribute('d').length;
  const pixels = () => {
    const {width, height} = canvas;
    const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    let sum = 0;
    for (let i = 0; i < data.length; i += 397) sum = (sum * 31 + data[i]) | 0;
    return sum;
  };
  let before = {heatmap: pixels(), curve: points()};
  const look = () => {
    const now = {heatmap: pixels(), curve: points()};
    for (const what of ['heatmap', 'curve'])
      if (now[what] !== before[what]) window.__seen[what].push(Date.now() / 1000);
    before = now;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


def main() -> None:
    with lab() as server, chromium() as browser:
        claim = server.claim(2, EPOCHS)
        server.record(claim, report(1, EPOCHS))
        # Playwright evaluates its waiting conditions, which our own policy forbids to any script.
        page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=True)
        page.goto(f"{server.address}/runs/{claim.run_id}")
        page.wait_for_function("document.querySelector('[data-testid=heatmap-epoch]')?.max >= 1")
        page.wait_for_timeout(3000)
        page.evaluate(WATCH)
        delays: dict[str, list[float]] = {"heatmap": [], "curve": []}
        for epoch in range(2, EPOCHS + 1):
            page.evaluate("window.__seen = {heatmap: [], curve: []}")
            committed = server.record(claim, report(epoch, EPOCHS))
            page.wait_for_function(
                "window.__seen.heatmap.length && window.__seen.curve.length", timeout=10_000
            )
            seen = page.evaluate("window.__seen")
            for what, values in delays.items():
                values.append(seen[what][0] - committed)
            time.sleep(0.6 + 0.05 * (epoch % 5))  # not in step with the server's interval
    print(f"{EPOCHS - 1} epochs; server's interval {INTERVAL} s; goal: median under 1.5 s")
    for what, values in delays.items():
        values.sort()
        middle = median(values)
        print(
            f"commit to {what}: median {middle:.2f} s ({middle / INTERVAL:.1f}x the interval), "
            f"worst {values[-1]:.2f} s"
        )


if __name__ == "__main__":
    main()
