"""What several browser tests read off a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Locator, Page


def by_id(page: Page, name: str) -> Locator:
    """The element with this data-testid."""
    return page.locator(f'[data-testid="{name}"]')


def heatmap_pixels(page: Page, index: int = 0) -> str:
    """A fingerprint of a heatmap's canvas."""
    wait_for_heatmap(page, index)
    found: str = page.evaluate(
        """(index) => {
            const canvas = document.querySelectorAll("matrix-view > canvas")[index];
            // A copy: reading the canvas itself twice earns a warning of the browser.
            const copy = new OffscreenCanvas(canvas.width, canvas.height);
            const context = copy.getContext("2d", { willReadFrequently: true });
            context.drawImage(canvas, 0, 0);
            const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
            let hash = 7;
            for (let i = 0; i < data.length; i += 4) {
                hash = (hash * 31 + data[i] + 257 * data[i + 1] + 65537 * data[i + 2]) >>> 0;
            }
            return `${canvas.width}x${canvas.height}:${hash}`;
        }""",
        index,
    )
    return found


def wait_for_heatmap(page: Page, index: int = 0) -> None:
    """Until a matrix is drawn."""
    page.wait_for_function(
        "(index) => document.querySelectorAll('matrix-view')[index]?.layout", arg=index
    )


def wait_for_epoch(page: Page, epoch: int, index: int = 0) -> None:
    """Until the heatmap shows this epoch."""
    page.wait_for_function(
        "([index, epoch]) => epoch ==="
        " document.querySelectorAll('matrix-view')[index]?.shown?.epoch",
        arg=[index, epoch],
    )


def set_slider(page: Page, epoch: int) -> None:
    """Moves the epoch slider as a hand does."""
    by_id(page, "heatmap-epoch").evaluate(
        """(range, epoch) => {
            range.value = epoch;
            range.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        epoch,
    )
    wait_for_epoch(page, epoch)


def wait_for_chart(page: Page, name: str) -> Any:
    """Until a chart is drawn, as it is once it is near the window; its traces."""
    by_id(page, name).scroll_into_view_if_needed()
    by_id(page, name).and_(page.locator("[ready]")).wait_for()
    return by_id(page, name).evaluate("(chart) => chart.traces")


def point_of(page: Page, name: str, index: int) -> tuple[float, float]:
    """Where the window shows a point of a chart's first line."""
    x, y = by_id(page, name).evaluate(
        """(chart, index) => {
            const { area, x, y } = chart.plot;
            const box = chart.querySelector(".plot").getBoundingClientRect();
            const line = chart.figure.lines[0];
            return [box.x + area.left + x(line.x[index]), box.y + area.top + y(line.y[index])];
        }""",
        index,
    )
    return x, y


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window: both as it is laid out, for `innerWidth`
    can be that of a window whose page is not laid out yet."""
    found: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return found


def both_looks(page: Page) -> Iterator[None]:
    """The page as a laptop shows it, light, and then as a phone does, dark."""
    for dark, width in ((False, 1440), (True, 360)):
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function("(width) => innerWidth === width", arg=width)
        yield


def wait_for_silence(page: Page) -> None:
    """Until nothing that the page asked for has come for two seconds."""
    page.wait_for_function(
        """() => {
            const count = performance.getEntriesByType("resource").length;
            if (window.resourcesSeen !== count) {
                Object.assign(window, { resourcesSeen: count, seenAt: performance.now() });
            }
            return performance.now() - window.seenAt > 2000;
        }"""
    )
