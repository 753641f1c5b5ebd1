"""The comparison's figures hold the runs' numbers, and plotly takes them."""

from __future__ import annotations

from typing import Any

import pytest

from backend.analysis.comparison.figures.classes import class_figures
from backend.analysis.comparison.figures.curves import MOST_POINTS, CurveStyle, curves_figure
from backend.analysis.comparison.figures.fields import Axis, field_figure, parallel_figure
from backend.analysis.comparison.figures.reliability import reliability_lines
from backend.analysis.comparison.settings import Group
from backend.analysis.figures.figure import as_plotly

HARD, OLS = Group("Hard", "hard", (0,), 11), Group("OLS", "ols", (1, 2), 12)


def _comparison(epochs: int = 3) -> dict[str, Any]:
    runs = [
        {
            "id": 11 + place,
            "name": method,
            "method": method,
            "noise_rate": 0.2,
            "parent": None,
            "spec": {},
            "progress": {"epochs": epochs},
            "info": {"train_size": 100},
        }
        for place, method in enumerate(("hard", "ols", "ols"))
    ]
    line = [0.1 * (e + 1) / epochs for e in range(epochs)]
    series = {
        "val_top1": [line, [v + 0.1 for v in line], [v + 0.3 for v in line]],
        "epoch_seconds": [[60.0] * epochs, [30.0] * epochs, [90.0] * epochs],
    }
    return {"runs": runs, "epochs": list(range(1, epochs + 1)), "series": series}


def _shown(made: dict[str, Any]) -> list[dict[str, Any]]:
    as_plotly(made)  # plotly validates it
    return [trace for trace in made["data"] if trace["visible"]]


def test_seeds_become_a_mean_with_a_band() -> None:
    hard, area, ols = _shown(curves_figure(_comparison(), [HARD, OLS], CurveStyle()))
    assert hard["meta"]["run"] == 11
    assert ols["y"] == pytest.approx([0.1 * e / 3 + 0.2 for e in (1, 2, 3)], abs=1e-6)
    assert ols["meta"] == {"setting": 12, "metric": "val_top1", "group": "val_top1"}
    half = (2 * 0.1**2) ** 0.5
    assert area["y"][2] - area["y"][3] == pytest.approx(2 * half, rel=1e-4)
    assert "n = 2" in ols["name"]


@pytest.mark.parametrize(
    ("axis", "hard", "ols"), [("time", [1, 2, 3], [1, 2, 3]), ("images", [100, 200, 300], None)]
)
def test_other_axes_have_each_runs_own_values(axis: str, hard: list, ols: list | None) -> None:
    first, _, second = _shown(curves_figure(_comparison(), [HARD, OLS], CurveStyle(x=axis)))
    assert first["customdata"] == second["customdata"] == [1, 2, 3]  # the epochs, for the cursor
    assert first["x"] == pytest.approx(hard)
    assert second["x"] == pytest.approx(ols or hard)


def test_an_epoch_without_a_number_is_a_gap() -> None:
    """A line through it would hide that the loss was NaN there."""
    comparison = _comparison(5)
    for place in (0, 1, 2):
        comparison["series"]["val_top1"][place][2] = None
    hard, _, ols = _shown(curves_figure(comparison, [HARD, OLS], CurveStyle(smooth=0.5)))
    for line in (hard, ols):
        assert line["x"] == [1, 2, 3, 4, 5]
        assert [at for at, y in zip(line["x"], line["y"], strict=True) if y is None] == [3]
    for series in comparison["series"].values():
        series[0][2] = None  # this run has no such epoch: every other run's are more
    hard, _, _ = _shown(curves_figure(comparison, [HARD, OLS], CurveStyle()))
    assert hard["x"] == [1, 2, 4, 5]


def test_time_never_goes_back_where_a_slow_run_ends_first() -> None:
    comparison = _comparison(4)
    for series in comparison["series"].values():
        series[2][2:] = [None, None]  # 90 s per epoch, and it ends after two
    _, _, ols = _shown(curves_figure(comparison, [HARD, OLS], CurveStyle(x="time")))
    assert ols["x"] == [1, 2, 2.5, 3]


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    groups = [HARD] * 50
    lines = _shown(curves_figure(_comparison(300), groups, CurveStyle()))
    assert len(lines) == 50
    assert sum(len(line["x"]) for line in lines) <= MOST_POINTS + 50
    assert (lines[0]["x"][0], lines[0]["x"][-1]) == (1, 300)


def test_a_thinned_curve_keeps_its_spike() -> None:
    comparison = _comparison(3000)
    comparison["series"]["val_top1"][0][1234] = 0.99
    (line,) = _shown(curves_figure(comparison, [HARD] * 1, CurveStyle()))
    assert len(line["x"]) <= 3000
    (line, *_) = _shown(curves_figure(comparison, [HARD] * 50, CurveStyle()))
    assert len(line["x"]) <= MOST_POINTS / 50
    assert dict(zip(line["x"], line["y"], strict=True))[1235] == 0.99


def test_smoothing_and_a_log_scale_and_the_metric_shown_first() -> None:
    made = curves_figure(_comparison(), [HARD], CurveStyle(log=True, smooth=0.9, metric="val_ece"))
    assert made["layout"]["yaxis"]["type"] == "log"
    assert made["group"] == "val_ece"
    plain = curves_figure(_comparison(), [HARD], CurveStyle(smooth=0.9))
    assert _shown(plain)[0]["y"][0] == pytest.approx(0.1 / 3, rel=1e-4)
    assert _shown(plain)[0]["y"][-1] < 0.1


def test_classes_are_sorted_by_their_difference() -> None:
    made = class_figures("abc", [0.5, 0.9, 0.7], [0.6, 0.4, 0.7], ("A", "B"), "#d9601a", most=2)
    assert [name for name, *_ in made["bars"]["data"][0]["customdata"]] == ["b", "a"]
    assert made["bars"]["data"][0]["y"] == pytest.approx([0.5, -0.1])
    assert made["points"]["data"][1]["y"] == [0.5, 0.9, 0.7]
    for each in made.values():
        as_plotly(each)


def test_classes_of_the_same_name_have_a_bar_each() -> None:
    bars = class_figures(["crane", "crane"], [0.9, 0.5], [0.1, 0.4], ("A", "B"), "#d9601a")["bars"]
    assert bars["data"][0]["x"] == [0, 1]
    assert bars["layout"]["xaxis"]["ticktext"] == ["crane", "crane"]


def test_many_bars_name_themselves_when_pointed_at() -> None:
    names = [f"class {c}" for c in range(1000)]
    made = class_figures(names, [0.5] * 1000, [0.4] * 1000, ("A", "B"), "#d9601a", most=1000)
    assert made["bars"]["layout"]["xaxis"]["ticktext"] == []
    assert len(made["bars"]["data"][0]["customdata"]) == 1000
    for each in made.values():
        as_plotly(each)


def test_reliability_leaves_out_who_has_none() -> None:
    diagram = {"confidence": [0.2, 0.8], "accuracy": [0.1, 0.9], "count": [5, 9], "ece": 0.1}
    made = reliability_lines([HARD, OLS], [diagram, None])
    as_plotly(made)
    assert [trace["name"] for trace in made["data"]] == ["as confident as right", "Hard, ECE 10.0%"]


def test_fields_of_words_and_of_numbers() -> None:
    runs = _comparison()["runs"]
    made = field_figure(runs, ["a", None, "b"], [0.1, 0.2, None], "f", "val_top1", "t")
    as_plotly(made)
    assert [trace["x"] for trace in made["data"]] == [["a"], []]
    assert made["layout"]["xaxis"]["type"] == "category"


def test_parallel_coordinates_run_from_the_smallest_to_the_largest() -> None:
    runs = _comparison()["runs"]
    axes = [
        Axis("seed", [0, 5, 10]),
        Axis("method", ["b", "a", None]),
        Axis("accuracy", [0.5, 0.5, 0.5], share=True),
    ]
    made = parallel_figure(runs, axes)
    as_plotly(made)
    assert [trace["y"] for trace in made["data"]] == [
        [0.0, 1.0, 0.5],
        [0.5, 0.0, 0.5],
        [1.0, None, 0.5],
    ]
    assert [note["text"] for note in made["layout"]["annotations"]] == [
        *("0", "10", "a", "b", "50.0%", "50.0%")
    ]
