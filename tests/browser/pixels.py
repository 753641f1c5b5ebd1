"""Compares a heatmap's canvas with the matrix that the API gives.

What a pixel must show is worked out here, in NumPy, from the part in view and the order of the
classes: the value of the cell whose middle the pixel covers, or, where several cells share a
pixel, the largest of them (of differences: the one farthest from 0).
"""

from __future__ import annotations

import io
import urllib.request
from collections.abc import Sequence
from typing import Any

import numpy as np
from playwright.sync_api import Page

CELLS = 200
CLOSE = 2  # of 255; the colour table has 1,024 shades

_STATE = """(index) => {
    const view = document.querySelectorAll("matrix-view")[index];
    const { row, column, span, x, y, pixelSide, size } = view.layout;
    return { row, column, span, x, y, pixelSide, size, ratio: devicePixelRatio,
        members: view.arrangement.members, scale: view.shown.scale, full: view.drawn.frame.full };
}"""

# Worst difference of a colour's part between `points` [x, y, value] on the canvas and the scale.
_COMPARE = """async ([index, points, { scale }, dark]) => {
    const scripts = [...document.querySelectorAll("script[src]")].map((script) => script.src);
    const own = scripts.find((src) => /js\\/pages\\/(run|compare).js$/.test(src));
    const { mix, stops, shareOf } = await import(new URL("../../../js/pure/colour.js", own).href);
    const { canvas } = document.querySelectorAll("matrix-view")[index];
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const colours = stops(dark, scale.mode === "difference");
    const worst = { by: 0, at: null };
    for (const [x, y, value] of points) {
        const seen = data.subarray(4 * (y * canvas.width + x), 4 * (y * canvas.width + x) + 3);
        mix(colours, shareOf(value, scale)).forEach((part, c) => {
            const by = Math.abs(part - seen[c]);
            if (by > worst.by) Object.assign(worst, { by, at: [x, y, value, [...seen]] });
        });
    }
    return worst;
}"""


def wait_for_full(page: Page, epoch: int, index: int = 0) -> None:
    """Until the epoch's full frame is drawn."""
    page.wait_for_function(
        """([index, epoch]) => {
            const { shown, drawn } = document.querySelectorAll("matrix-view")[index];
            return shown?.epoch === epoch && drawn.frame.full;
        }""",
        arg=[index, epoch],
    )


def matrix(url: str, run: int, kind: str, epoch: int) -> np.ndarray:
    """The (K, K) values as the API gives them; counts as shares of their row."""
    path = f"{url}/api/runs/{run}/matrices/{kind}/{epoch}?format=npy"
    with urllib.request.urlopen(path) as answer:
        values = np.load(io.BytesIO(answer.read())).astype(float)
    if kind == "confusion":
        values /= np.maximum(values.sum(axis=1, keepdims=True), 1)
    return values


def check_pixels(
    page: Page,
    values: np.ndarray,
    *,
    order: Sequence[int] | None = None,
    index: int = 0,
    dark: bool = False,
    seed: int = 0,
) -> dict[str, Any]:
    """Asserts that 200 random cells in view have their value's colour; the view's state.

    `values`: (K, K) in the order of the classes; `order`: the class at each place, None for groups
    that are given in their places already or for the index.
    """
    state: dict[str, Any] = page.evaluate(_STATE, index)
    worst = page.evaluate(_COMPARE, [index, _points(state, values, order, seed), state, dark])
    members = state.pop("members")
    assert worst["by"] <= CLOSE, (worst, state, members[:5])
    return state


def _points(
    state: dict[str, Any], values: np.ndarray, order: Sequence[int] | None, seed: int
) -> list[list[float]]:
    """[x, y, value] of random cells in view, in the canvas's pixels."""
    assert state["full"], "only a preview is shown"
    k = state["size"]
    assert k == len(values)
    if order is not None:
        assert [group[0] for group in state["members"]] == list(order)
        values = values[np.ix_(order, order)]
    cells = _covered(state)
    rng = np.random.default_rng(seed)
    points: list[list[float]] = []
    while len(points) < CELLS:
        i, j = (int(rng.choice(np.flatnonzero(of >= 0))) for of in cells)
        x, y = int(cells[1][j]), int(cells[0][i])
        shared = values[np.ix_(cells[0] == y, cells[1] == x)].ravel()
        aside = _beside_text(state)
        place = _on_canvas(state, x - min(aside, x), y - min(aside, y))
        points.append([*place, float(shared[np.argmax(np.abs(shared))])])
    return points


def _covered(state: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """The pixel of each place's middle along both axes, -1 outside the part in view."""
    found = []
    for axis in ("row", "column"):
        middle = np.arange(state["size"]) + 0.5 - state[axis]
        # Rounded as the page does it (js/pure/pooling.js): a middle may lie between two pixels.
        pixel = np.floor(middle * (state["pixelSide"] / state["span"])).astype(int)
        # A cell at the border whose middle is outside is pooled into the outermost pixel.
        partly = (middle > -0.5) & (middle < state["span"] + 0.5)
        pooled = state["pixelSide"] < state["span"]
        inside = partly if pooled else (middle >= 0) & (middle < state["span"])
        found.append(np.where(inside, np.clip(pixel, 0, state["pixelSide"] - 1), -1))
    return found[0], found[1]


def _beside_text(state: dict[str, Any]) -> int:
    """How far from a cell's middle to look: large cells have their value written there."""
    cell = state["pixelSide"] / state["span"]
    return int(0.4 * cell) if cell / state["ratio"] >= 40 else 0


def _on_canvas(state: dict[str, Any], x: int, y: int) -> tuple[int, int]:
    return (
        round(state["x"] * state["ratio"]) + x,
        round(state["y"] * state["ratio"]) + y,
    )
