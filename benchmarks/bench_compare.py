"""The comparison of 50 runs of 300 epochs: when can one work with it, and how fast does it hover?

    python -m benchmarks.bench_compare

Goals, warm on loopback: interactive (the curves drawn) under 1 s, a hover under 50 ms, the report's
file under 8 MB. The baseline is the same page with 2 of the runs. And the classes of two runs that
have 1,000 of them: under 1 s from choosing how many bars are drawn until they stand.
"""

from __future__ import annotations

from datetime import UTC, datetime
from statistics import median

import httpx
from playwright.sync_api import Browser
from sqlalchemy import insert

from backend.store.tables import Epoch
from benchmarks.lab import CLASSES, Lab, chromium, lab, report

RUNS = 50
EPOCHS = 300
VISITS = 5
MANY_CLASSES = tuple(f"class {number}" for number in range(1000))

READY = """() => new Promise((resolve) => {
  const look = () => {
    const chart = document.querySelector("[data-testid=compare-chart]");
    chart?.scrollIntoView(); // it is drawn once it is near the window
    if (chart?.hasAttribute("ready")) {
      const entry = performance.getEntriesByType("navigation")[0];
      resolve({ready: performance.now(), first: entry.responseStart, bytes: entry.decodedBodySize});
    } else requestAnimationFrame(look);
  };
  look();
})"""

# Milliseconds from the pointer's move until the values of the points below it stand beside it.
HOVER = """async () => {
  const chart = document.querySelector("[data-testid=compare-chart]");
  const [plot, tip] = [".plot", ".chart-tip"].map((name) => chart.querySelector(name));
  const box = plot.getBoundingClientRect();
  const {area, x, y} = chart.plot;
  const line = chart.figure.lines[0];
  const times = [];
  for (let step = 1; step <= 20; step++) {
    await new Promise((resolve) => setTimeout(resolve, 120));
    const point = Math.floor((line.x.length * step) / 22);
    const drawn = new Promise((resolve) => {
      new MutationObserver(() => resolve(true)).observe(tip, {childList: true});
      setTimeout(() => resolve(false), 2000);
    });
    const start = performance.now();
    const at = {
      clientX: box.left + area.left + x(line.x[point]),
      clientY: box.top + area.top + y(line.y[point]),
    };
    plot.dispatchEvent(new PointerEvent("pointermove", {bubbles: true, ...at}));
    if (await drawn) times.push(performance.now() - start);
  }
  return times;
}"""

# Milliseconds from choosing another number of bars until they are drawn.
BARS = """(value) => new Promise((resolve) => {
  const {plot} = document.querySelector("[data-testid=class-bars]");
  const [old, start] = [plot.data, performance.now()];
  const select = document.querySelector("select[name=bars]");
  select.value = value;
  select.dispatchEvent(new Event("change", {bubbles: true}));
  const look = () => {
    if (plot.data !== old) resolve(performance.now() - start);
    else requestAnimationFrame(look);
  };
  look();
})"""


def fill(server: Lab) -> None:
    """The epochs before the last go straight into the table: only the last ones' matrices count."""
    now = datetime.now(UTC)
    for number in range(RUNS):
        claim = server.claim(number, EPOCHS)
        shared = {"attempt": claim.attempt, "recorded_at": now}
        rows = [
            {"run_id": claim.run_id, "epoch": e, "metrics": report_metrics(e), "warnings": []}
            | shared
            for e in range(1, EPOCHS)
        ]
        with server.database.write() as session:
            session.execute(insert(Epoch), rows)
        server.record(claim, report(EPOCHS, EPOCHS))
        server.finish(claim)


def report_metrics(epoch: int) -> dict[str, float]:
    """As many as a trainer writes."""
    top1 = 1 - 0.9 / (epoch + 1)
    names = ("train_loss", "train_top1", "val_loss", "val_top1", "val_top5", "val_ece", "lr")
    others = {f"soft_measure_{index}": top1 / (index + 1) for index in range(12)}
    return dict.fromkeys(names, top1) | others | {"epoch_seconds": 4.0}


def measure(browser: Browser, title: str, url: str) -> None:
    """Prints medians of warm visits."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    loads = []
    for _ in range(VISITS + 1):
        page.goto(url, wait_until="commit")
        loads.append(page.evaluate(READY))
    warm = loads[1:]
    times = page.evaluate(HOVER)
    assert len(times) > 15, "the pointer hit no points"
    hover = median(times)
    print(
        f"{title}: curves drawn {median(v['ready'] for v in warm):.0f} ms (cold "
        f"{loads[0]['ready']:.0f}), first byte {median(v['first'] for v in warm):.0f} ms, "
        f"{median(v['bytes'] for v in warm) / 1e6:.2f} MB of HTML; hover {hover:.1f} ms"
    )
    page.context.close()


def fill_classes(server: Lab) -> str:
    """Two runs of 1,000 classes; their numbers."""
    claims = [server.claim(number, 1, MANY_CLASSES) for number in (0, 2)]
    for claim in claims:
        server.record(claim, report(1, 1, len(MANY_CLASSES)))
        server.finish(claim)
    return ",".join(str(claim.run_id) for claim in claims)


def measure_classes(browser: Browser, title: str, url: str) -> None:
    """Prints how long another number of bars takes."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(url)
    page.locator("[data-testid=class-bars]").scroll_into_view_if_needed()
    page.locator("[data-testid=class-bars][ready]").wait_for()
    for value, name in (("40", "40"), ("0", "all")):
        times = []
        for _ in range(VISITS):
            page.evaluate(BARS, "20")
            times.append(page.evaluate(BARS, value))
        print(f"{title}, {name} bars: {median(times):.0f} ms ({min(times):.0f} at best)")
    page.context.close()


def main() -> None:
    with lab() as server, chromium() as browser:
        fill(server)
        for count in (2, RUNS):
            numbers = ",".join(map(str, range(1, count + 1)))
            for lines in ("runs", "mean"):
                url = f"{server.address}/compare?runs={numbers}&lines={lines}"
                measure(browser, f"{count} runs, lines={lines}", url)
        many = f"{server.address}/compare?runs={fill_classes(server)}"
        measure_classes(browser, f"{len(MANY_CLASSES)} classes", many)
        measure_classes(browser, f"{len(CLASSES)} classes", f"{server.address}/compare?runs=1,3")
        answer = httpx.get(f"{server.address}/reports/compare?runs={numbers}", timeout=120)
        answer.raise_for_status()
        print(f"report of {RUNS} runs: {len(answer.content) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
