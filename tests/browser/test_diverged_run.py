"""A run whose numbers became NaN: its gaps are gaps on every page, and nothing breaks."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from urllib.request import urlopen

import numpy as np
import pytest
from playwright.sync_api import expect

from backend.store import claims, recorder
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, set_slider, wait_for_chart, wait_for_epoch
from tests.browser.serving import Site
from tests.support import seed

EPOCHS = 6


@pytest.fixture(scope="module")
def diverged(lab: Site) -> int:
    """Four epochs, the third without one finite number beside its learning rate, then the end."""
    spec = seed.spec("ols", epochs=EPOCHS, seed=16)
    claim = seed.start(lab.database, spec, "diverged")
    seed.train(lab.database, claim, 1, 2)
    sound = seed.report(spec, seed.CLASSES["glyphs"], 3)
    assert sound.reliability is not None
    broken = replace(
        sound,
        metrics={
            name: value if name in ("lr", "epoch_seconds") else (math.nan, math.inf)[place % 2]
            for place, (name, value) in enumerate(sound.metrics.items())
        },
        matrices={
            kind: np.full_like(matrix, math.nan) if matrix.dtype.kind == "f" else 0 * matrix
            for kind, matrix in sound.matrices.items()
        },
        reliability=np.full_like(sound.reliability, math.nan),
    )
    with lab.database.write() as session:
        recorder.record_epoch(session, claim, broken, seed.LEASE)
    seed.train(lab.database, claim, 4, 4)
    with lab.database.write() as session:
        recorder.record_epoch(session, claim, replace(broken, epoch=5), seed.LEASE)
    with lab.database.write() as session:
        claims.fail(session, claim, "diverged", "The loss became NaN in epoch 6, step 7.", "")
    return claim.run_id


def answer(lab: Site, path: str) -> str:
    with urlopen(f"{lab.url}{path}") as sent:
        text: str = sent.read().decode()
    return text


def test_its_page_shows_gaps(visit: Opener, diverged: int) -> None:
    page = visit(f"/runs/{diverged}", height=5000)
    wait_for_epoch(page, 5)
    expect(by_id(page, "run-state")).to_have_text("failed")
    for name in ("accuracy-chart", "loss-chart"):
        for trace in wait_for_chart(page, name):
            always = trace["meta"]["metric"] == "lr"
            assert trace["x"] == [1, 2, 3, 4, 5][: len(trace["x"])]
            assert [y is None for y in trace["y"][:4]] == [False, False, not always, False]
    by_id(page, "quality-panel").scroll_into_view_if_needed()
    set_slider(page, 3)
    shown = page.locator("main").inner_text()
    for word in ("NaN%", "nan%", "Infinity", "undefined"):
        assert word not in shown


def test_it_is_compared_with_a_sound_one(visit: Opener, diverged: int) -> None:
    page = visit(f"/compare?runs=3,{diverged}&lines=runs&results=runs")
    traces = wait_for_chart(page, "compare-chart")
    mine = [t for t in traces if t["meta"]["run"] == diverged]
    for trace in mine:
        lost = [at for at, y in zip(trace["x"], trace["y"], strict=True) if y is None]
        assert lost == [3], "a gap, which no line crosses"
    expect(page.locator("table.results tbody tr").nth(1)).to_contain_text("–")
    cells = page.locator("table.results tbody td.num").all_inner_texts()
    assert not any("nan" in cell.lower() or "inf" in cell.lower() for cell in cells)


@pytest.mark.parametrize("sort", ["val_loss.last", "-val_loss.last"])
def test_it_stands_last_in_a_table_sorted_by_what_it_lacks(
    visit: Opener, diverged: int, sort: str
) -> None:
    page = visit(f"/?sort={sort}&columns=val_loss.last&method=ols,hard,label_smoothing")
    rows = by_id(page, "run-row")
    numbers = rows.evaluate_all("rows => rows.map((row) => Number(row.dataset.run))")
    assert numbers.index(diverged) >= 3, "behind the three that have one"


def test_its_exports_hold_no_nan(lab: Site, diverged: int) -> None:
    values = json.loads(answer(lab, f"/api/runs/{diverged}/metrics"))["values"]
    assert all(
        series[2] is None for name, series in values.items() if name not in ("lr", "epoch_seconds")
    )
    for form in ("csv", "latex", "markdown"):
        text = answer(lab, f"/api/table?runs=3,{diverged}&metric=val_loss&format={form}")
        assert "nan" not in text.lower().replace("nance", "")
        assert "inf" not in text.lower()
    rows = list(csv.DictReader(io.StringIO(
        answer(lab, f"/api/table?runs=3,{diverged}&rows=seed&metric=val_loss&format=csv")
    )))  # fmt: skip
    assert rows
    assert all(row["mean"] == "" or math.isfinite(float(row["mean"])) for row in rows)
    frame = answer(lab, f"/api/runs/{diverged}/matrices/soft_labels/3?format=csv")
    assert "nan" not in frame.lower()
