"""Figures: valid for plotly, one colour a method, live points know where they belong."""

from __future__ import annotations

from typing import Any

import pytest

from backend.analysis.comparison.figures.curves import CurveStyle, Group, curves_figure
from backend.analysis.figures.curves import accuracy_figure, loss_figure
from backend.analysis.figures.figure import as_plotly
from backend.core.palette import method_colour


def _run(number: int, method: str = "ols", noise: float = 0.2) -> dict[str, Any]:
    return {
        "id": number,
        "name": method,
        "method": method,
        "noise_rate": noise,
        "parent": None,
        "spec": {},
        "eval_on": "holdout",
        "progress": {"epochs": 20},
    }


SERIES: dict[str, Any] = {
    "names": ["train_loss", "val_loss", "train_top1", "val_top1", "val_ece"],
    "epochs": [1, 2, 3],
    "values": {
        "train_loss": [2.0, 1.5, 1.2],
        "val_loss": [1.9, None, 1.1],
        "train_top1": [0.3, 0.5, 0.6],
        "val_top1": [0.4, 0.5, 0.7],
        "val_ece": [0.1, 0.08, None],
    },
}


def _comparison() -> dict[str, Any]:
    runs = [_run(1, "hard"), _run(2), _run(3)]
    series = {"val_top1": [[0.1, 0.2, 0.3], [0.2, 0.3, None], [0.2, 0.3, 0.4]]}
    return {"runs": runs, "epochs": [1, 2, 3], "series": series}


EACH = [
    Group(f"{method} #{place + 1}", method, (place,), place + 1)
    for place, method in enumerate(("hard", "ols", "ols"))
]


@pytest.mark.parametrize(
    "plain",
    [
        accuracy_figure(_run(1), SERIES),
        loss_figure(_run(1), SERIES),
        curves_figure(_comparison(), EACH, CurveStyle()),
        accuracy_figure(_run(1), {"names": [], "epochs": [], "values": {}}),
    ],
    ids=["accuracy", "loss", "compare", "empty"],
)
def test_plotly_accepts_the_figure(plain: dict[str, Any]) -> None:
    made = as_plotly(plain)
    assert len(made.data) == len(plain["data"])


def test_validated_metrics_name_their_split() -> None:
    names = [trace["name"] for trace in accuracy_figure(_run(1), SERIES)["data"]]
    assert names[0] == "val top-1 (holdout)"


def test_traces_say_what_extends_them() -> None:
    metas = [trace["meta"] for trace in loss_figure(_run(7), SERIES)["data"]]
    assert metas[0] == {"run": 7, "metric": "val_loss", "group": "loss"}
    assert {meta["group"] for meta in metas} == {"loss", "ece", "lr"}


def test_trailing_holes_are_left_out_and_inner_ones_stay() -> None:
    traces = {t["meta"]["metric"]: t for t in loss_figure(_run(1), SERIES)["data"]}
    assert traces["val_loss"]["y"] == [1.9, None, 1.1]
    assert traces["val_ece"]["x"] == [1, 2]


def test_a_method_has_one_colour_and_a_run_one_dash() -> None:
    shown = [t for t in curves_figure(_comparison(), EACH, CurveStyle())["data"] if t["visible"]]
    assert [t["line"]["color"] for t in shown] == [method_colour(m) for m in ("hard", "ols", "ols")]
    assert [t["line"]["dash"] for t in shown] == ["solid", "solid", "dash"]


def test_the_average_of_weights_has_its_curve_where_a_run_has_one() -> None:
    def drawn(series: dict[str, Any]) -> list[str]:
        return [trace["meta"]["metric"] for trace in accuracy_figure(_run(1), series)["data"]]

    averaged = {
        **SERIES,
        "names": [*SERIES["names"], "val_ema_top1"],
        "values": {**SERIES["values"], "val_ema_top1": [0.5, 0.6, 0.75]},
    }
    assert "val_ema_top1" not in drawn(SERIES)
    assert drawn(averaged)[:2] == drawn(SERIES)[:2]  # the coloured ones stay
    assert "val_ema_top1" in drawn(averaged)
