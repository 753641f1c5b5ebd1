"""The heatmap player against Plotly's own heatmap, on the same frames from the same server.

    python -m benchmarks.bench_heatmap [SIZE ...]     # of 10, 100, 200, 1000

Goals: K = 100 x 200 epochs: first frame under 300 ms, whole history under 4.5 MB on the wire, 60
frames per second. K = 1,000 x 90: first frame under 800 ms, under 200 kB per frame while it plays,
30 frames per second, the full frame under 300 ms after a pause, renderer under 400 MB after a full
playback. Headless Chromium, software rendering. Memory is the renderer's proportional set (PSS).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from statistics import median
from typing import Any

import psutil
from playwright.sync_api import Browser, Page

from backend.pages.shared.static import PLOTLY, static
from benchmarks.lab import Lab, chromium, lab
from tests.support import seed_heatmaps

EPOCHS = {10: 200, 100: 200, 200: 150, 1000: 90}
PLOTLY_FRAMES = {10: 60, 100: 60, 200: 40, 1000: 40}
VISITS = 5

# Notes when each frame was drawn: [ms since navigation, epoch, rows].
WATCH = """
window.drawn_ = [];
document.addEventListener("frameshown", ({ detail }) => {
    window.drawn_.push([performance.now(), detail.epoch, detail.frame.rows]);
});
"""

# Plays frames through Plotly.react, each awaited until the picture after it; ms of each frame.
PLAY_PLOTLY = """async ([script, base, frames, k]) => {
    const began = performance.now();
    await new Promise((done) => {
        const tag = document.createElement("script");
        tag.src = script;
        tag.onload = done;
        document.head.append(tag);
    });
    const box = document.createElement("div");
    box.style.cssText = "width: 700px; height: 700px";
    document.querySelector("main").replaceChildren(box);
    const load = async (epoch) => {
        const answer = await fetch(`${base}/${epoch}?format=npy`);
        const bytes = await answer.arrayBuffer();
        const values = new Float32Array(bytes, bytes.byteLength - 4 * k * k);
        return Array.from({ length: k }, (_, i) => values.subarray(i * k, (i + 1) * k));
    };
    const picture = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const draw = async (z) => {
        await Plotly.react(box, [{ type: "heatmap", z }], { margin: { t: 10 } });
        await picture();
    };
    await draw(await load(1));
    const first = performance.now() - began;
    const times = [];
    for (let epoch = 2; epoch <= frames; epoch++) {
        const z = await load(epoch);
        const start = performance.now();
        await draw(z);
        times.push(performance.now() - start);
    }
    return { first, times };
}"""

Plotly = tuple[float, float, float, float]


@dataclass
class Played:
    """One playback from first epoch to last."""

    fps: float
    cpu: float  # of the renderer, ms per frame
    shown: int
    bytes_a_frame: list[int]
    history: int
    paused: float
    memory: float


def wait_for(page: Page, rows: int) -> float:
    """Milliseconds from navigation to the first frame with so many rows."""
    page.wait_for_function("(rows) => window.drawn_.some((one) => one[2] >= rows)", arg=rows)
    drawn: float = page.evaluate("(rows) => window.drawn_.find((one) => one[2] >= rows)[0]", rows)
    return drawn


def open_page(browser: Browser, url: str) -> Page:
    """A page that notes its frames, with a cache of its own."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(WATCH)
    page.goto(url)
    return page


def first_frames(browser: Browser, url: str, k: int) -> dict[str, float]:
    """Median ms to the first frame and to the first full one: with an empty cache and with a full
    one."""
    times_to: dict[str, list[float]] = {"cold": [], "warm": [], "full, cold": []}
    for _ in range(VISITS):
        page = open_page(browser, url)
        times_to["full, cold"].append(wait_for(page, k))
        times_to["cold"].append(wait_for(page, 1))
        page.wait_for_timeout(500)
        page.reload()
        wait_for(page, k)
        times_to["warm"].append(wait_for(page, 1))
        page.context.close()
    return {name: median(times) for name, times in times_to.items()}


def play(browser: Browser, url: str, k: int, epochs: int) -> Played:
    """Plays all at the highest speed, then pauses three times on the way."""
    page = open_page(browser, url + "?epoch=0")
    sizes: dict[str, int] = {}
    _count_bytes(page, sizes)
    wait_for(page, k)
    page.wait_for_timeout(1500)  # curves and panels
    page.evaluate("window.drawn_.length = 0")
    page.get_by_label("Speed", exact=True).select_option("4")
    before = renderer().cpu_times()
    page.locator(".play").click()
    page.wait_for_function(
        "([rows, epochs]) => window.drawn_.some((one) => one[1] === epochs && one[2] === rows)",
        arg=[k, epochs],
        timeout=120_000,
    )
    drawn = page.evaluate("window.drawn_")
    cpu = _milliseconds(before) / epochs
    memory = renderer().memory_full_info().pss / 1e6
    played = {epoch: at for at, epoch, _ in reversed(drawn)}
    fps = (len(played) - 2) / (played[epochs] - played[1]) * 1000
    playing = [size for name, size in sizes.items() if k <= 256 or "preview=1" in name]
    paused = _pause(page, k)
    page.context.close()
    return Played(fps, cpu, len(played), playing, sum(sizes.values()), paused, memory)


def _count_bytes(page: Page, sizes: dict[str, int]) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    names: dict[str, str] = {}

    def sent(event: dict[str, Any]) -> None:
        if "/matrices/soft_labels/" in event["request"]["url"]:
            names[event["requestId"]] = event["request"]["url"]

    def ended(event: dict[str, Any]) -> None:
        if event["requestId"] in names:
            sizes[names[event["requestId"]]] = int(event["encodedDataLength"])

    session.on("Network.requestWillBeSent", sent)
    session.on("Network.loadingFinished", ended)


def _pause(page: Page, k: int) -> float:
    """Milliseconds from a pause in the middle to the full frame, median of three."""
    median_time: float = page.evaluate(
        """async (rows) => {
            const player = document.querySelector("soft-label-player");
            const times = [];
            for (const share of [0.2, 0.5, 0.8]) {
                await player.pin(player.epochs[Math.floor(share * player.epochs.length)]);
                player.toggle();
                await new Promise((done) => setTimeout(done, 500));
                window.drawn_.length = 0;
                const at = performance.now();
                player.toggle();
                while (!window.drawn_.some((one) => one[2] === rows)) {
                    await new Promise((done) => setTimeout(done, 5));
                }
                times.push(window.drawn_.find((one) => one[2] === rows)[0] - at);
            }
            return times.sort((a, b) => a - b)[1];
        }""",
        k,
    )
    return median_time


def play_plotly(browser: Browser, server: Lab, run: int, k: int) -> Plotly:
    """Plotly's heatmap: first frame in ms, frames per second, CPU ms per frame, MB."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(f"{server.address}/workers")
    before = renderer().cpu_times()
    base = f"/api/runs/{run}/matrices/soft_labels"
    played = page.evaluate(PLAY_PLOTLY, [static(PLOTLY), base, PLOTLY_FRAMES[k], k])
    cpu = _milliseconds(before) / PLOTLY_FRAMES[k]
    memory = renderer().memory_full_info().pss / 1e6
    page.context.close()
    return played["first"], 1000 / median(played["times"]), cpu, memory


def renderer() -> psutil.Process:
    """The page's process: the renderer that holds most memory."""
    renderers = []
    for process in psutil.Process().children(recursive=True):
        try:
            if "--type=renderer" in process.cmdline():
                renderers.append((process.memory_info().rss, process))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return max(renderers, key=lambda pair: pair[0])[1]


def _milliseconds(before: Any) -> float:
    """CPU time of the renderer since."""
    now = renderer().cpu_times()
    return 1000.0 * (now.user + now.system - before.user - before.system)


def main() -> None:
    sizes = [int(text) for text in sys.argv[1:]] or list(EPOCHS)
    with lab() as server, chromium() as browser:
        for k in sizes:
            run = seed_heatmaps.large(server.database, k, EPOCHS[k])
            url = f"{server.address}/runs/{run}"
            opened = first_frames(browser, url, k)
            mine = play(browser, url, k, EPOCHS[k])
            first, fps, cpu, memory = play_plotly(browser, server, run, k)
            print(f"K = {k}, {EPOCHS[k]} epochs")
            print("  first frame: " + ", ".join(f"{n} {ms:.0f} ms" for n, ms in opened.items()))
            print(f"  Plotly's, cold: {first:.0f} ms ({first / opened['cold']:.1f}x)")
            print(
                f"  playing: {mine.fps:.1f} frames/s, {mine.shown} of {EPOCHS[k] + 1} epochs shown"
            )
            print(f"  Plotly's: {fps:.1f} frames/s, frames at hand ({mine.fps / fps:.1f}x)")
            print(f"  renderer's CPU a frame, all told: {mine.cpu:.1f} ms; Plotly's {cpu:.1f} ms")
            largest = max(mine.bytes_a_frame)
            print(f"  on the wire: {largest / 1e3:.0f} kB per frame at most, ", end="")
            print(f"{mine.history / 1e6:.2f} MB in all{' with full frames' if k > 256 else ''}")
            print(f"  full frame {mine.paused:.0f} ms after a pause")
            print(f"  renderer {mine.memory:.0f} MB; Plotly's {memory:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
