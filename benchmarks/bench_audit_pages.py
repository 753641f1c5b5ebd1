"""How fast is the audit of 50,000 training samples: the page, more of it while scrolling, the API?

    python -m benchmarks.bench_audit_pages [SAMPLES]

A real server on SQLite with two runs of K = 10 whose audits have 2,000 pictures each. The baseline,
in the same run, is the queue's fragment. Milliseconds, median and 95th percentile of 40 in turn,
and the CPU time of the server, which is what passes on the clock of a machine that does nothing
else. Then Chromium opens the page and scrolls at three speeds, 600 frames each:
the milliseconds until the page stands, the main thread's work per frame, and the frames that took
longer than 1.5/60 s.
Goals: first page 300 ms, API 50 ms at the 95th percentile, 60 frames per second.
"""

from __future__ import annotations

import io
import sys
from functools import partial

import httpx
import numpy as np
from PIL import Image
from playwright.sync_api import CDPSession, Page

from backend.store import audits
from backend.store.tables import Run
from benchmarks.cpu_time import measure
from benchmarks.lab import Lab, chromium, lab, report
from ols.measures.label_audit import audit_labels
from ols.measures.sample_statistics import SampleStatistics
from ols.training.epoch_report import SampleAudit
from ols.training.sample_audit import most_suspicious

ROUNDS = 40
CLASSES = tuple(f"class {k}" for k in range(10))
PICTURES, SIZE = 2_000, 64
FRAME = 1000 / 60
ANSWERS = (
    ("the queue's fragment (baseline)", "/fragments/queue"),
    ("the page", "/runs/1/audit"),
    ("the page, of one pair", "/runs/1/audit?pair=1,2"),
    ("more while one scrolls", "/fragments/runs/1/audit?cursor=1200"),
    ("100 samples", "/api/runs/1/audit"),
    ("500 samples by another score", "/api/runs/1/audit?score=aum&limit=500"),
    ("of one class, with another run", "/api/runs/1/audit?class=3&with=2"),
    ("summary", "/api/runs/1/audit/summary"),
    ("summary of both runs", "/api/runs/1/audit/summary?with=2"),
    ("a picture", "/api/runs/1/audit/images/{drawn}"),
)
SPEEDS = (20, 30, 60)  # pixels per frame: reading, looking for something, a fling
SCROLL = """async (pixels) => {
  const frames = [];
  let last = performance.now();
  for (let i = 0; i < 600; i++) {
    scrollBy(0, pixels);
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    last = now;
  }
  return [frames, document.querySelectorAll('.suspect').length];
}"""


def audit(samples: int, seed: int) -> SampleAudit:
    """Of a run that found one wrong label in five hard to believe."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, len(CLASSES), samples)
    given = np.where(rng.random(samples) < 0.2, rng.integers(0, len(CLASSES), samples), true)
    logits = rng.normal(size=(samples, len(CLASSES))).astype(np.float32)
    logits[np.arange(samples), true] += 3
    logits[np.arange(samples), given] += 1
    softmax = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    own = softmax[np.arange(samples), given]
    others = logits.copy()
    others[np.arange(samples), given] = -np.inf
    watched = SampleStatistics(
        given=given,
        margin=logits[np.arange(samples), given] - others.max(1),
        confidence=own,
        deviation=own / 4,
        learned=rng.integers(0, 30, samples).astype(np.uint16),
        forgotten=rng.integers(0, 5, samples).astype(np.uint16),
        other=others.argmax(1),
        softmax=softmax,
        classes=None,
    )
    scored = audit_labels(watched, len(CLASSES))
    columns: dict[str, np.ndarray] = {
        "number": np.arange(samples, dtype=np.int32),
        "given": given.astype(np.int32),
        "suggested": watched.other.astype(np.int32),
        "confidence": watched.confidence,
        "deviation": watched.deviation,
        "learned": watched.learned,
        "forgotten": watched.forgotten,
        **{name: score.values for name, score in scored.items()},
        "true": true.astype(np.int32),
    }
    return SampleAudit(
        columns=columns,
        rates={name: score.rate for name, score in scored.items()},
        cuts={name: score.cut for name, score in scored.items()},
        joints={name: score.joint for name, score in scored.items()},
        pictures={int(place): picture(rng) for place in most_suspicious(scored, PICTURES)},
        size=SIZE,
    )


def picture(rng: np.random.Generator) -> bytes:
    """A tile of a few colours, as WebP."""
    file = io.BytesIO()
    colours = rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(colours).resize((SIZE, SIZE)).save(file, "webp", quality=80)
    return file.getvalue()


def fill(server: Lab, samples: int) -> int:
    """Two finished runs with an audit; the number of a sample of the first that has a picture."""
    drawn = 0
    for number in (1, 2):
        claim = server.claim(0, epochs=1, classes=CLASSES)
        server.record(claim, report(1, 1, len(CLASSES)))
        made = audit(samples, seed=number)
        with server.database.write() as session:
            run = session.get(Run, number)
            assert run is not None
            audits.record(session, run, made)
        server.finish(claim)
        drawn = drawn or next(iter(made.pictures))
    return drawn


def answers(server: Lab, drawn: int) -> None:
    """Prints a line per answer; ratios are of the CPU times."""
    baseline = None
    with httpx.Client(base_url=server.address, headers={"Accept": "text/html"}) as client:
        for title, path in ANSWERS:
            ask = partial(_fetch, client, path.format(drawn=drawn))
            timing = measure(ask, [server.pid], ROUNDS)
            baseline = baseline or timing.work
            print(f"{title:34} {timing}  {timing.work / baseline:6.1f}x", flush=True)


def _fetch(client: httpx.Client, path: str) -> None:
    client.get(path).raise_for_status()


def scroll(page: Page, address: str, pixels: int) -> None:
    """Opens the page and scrolls 600 frames, so many pixels in each."""
    for _ in range(2):  # the second time with what a browser keeps
        page.goto(f"{address}/runs/1/audit")
        page.wait_for_selector(".suspect img")
    ready = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    busy = _main_thread(session)
    frames, cards = page.evaluate(SCROLL, pixels)
    work = 1000 * (_main_thread(session) - busy) / len(frames)
    late = sum(frame > 1.5 * FRAME for frame in frames)
    print(
        f"page in Chromium: {ready:.0f} ms; {60 * pixels} pixels per second, {cards} images: "
        f"{work:.1f} ms of the main thread per frame; {late} of {len(frames)} frames late, median "
        f"{np.median(frames):.1f} ms, p95 {np.percentile(frames, 95):.1f} ms"
    )


def _main_thread(session: CDPSession) -> float:
    """CPU seconds that the page's main thread has worked so far."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


def main(samples: int = 50_000) -> None:
    with lab() as server:
        drawn = fill(server, samples)
        answers(server, drawn)
        with chromium() as browser:
            for pixels in SPEEDS:
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                scroll(page, server.address, pixels)
                page.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
