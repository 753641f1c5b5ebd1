"""The panels' figures: valid for plotly, empty without data, filled from the API's own answers."""

from __future__ import annotations

from typing import Any

import pytest

from backend.analysis.figures.class_panel import PARTNERS, class_figure
from backend.analysis.figures.figure import as_plotly
from backend.analysis.figures.quality import CHARTS, MEASURES, charts, quality_figures
from backend.analysis.figures.reliability import SIDES, reliability_figure
from backend.core.palette import method_colour

RUN: dict[str, Any] = {"id": 3, "method": "ols", "noise_rate": 0.2, "progress": {"epochs": 3}}
QUALITY = {"epochs": [1, 2], "values": {"soft_entropy": [2.0, 1.5], "soft_target": [None, None]}}
CLASS = {
    "epochs": [0, 1],
    "accuracy": [None, 0.5],
    "target": [0.1, 0.4],
    "entropy": [2.3, 1.8],
    "partners": [{"name": "o", "values": [0.1, 0.3]}, {"name": "0", "values": [0.1, 0.2]}],
}
RELIABILITY: dict[str, Any] = {
    "bins": [0.0, 0.5, 1.0],
    "epochs": [1, 2],
    "raw": {"count": [[1, 3], [0, 4]], "accuracy": [[0.0, 0.5], [None, 1.0]]},
    "scaled": {"count": [[2, 2], [2, 2]], "accuracy": [[0.5, 0.5], [0.5, 1.0]]},
}


def every_figure() -> dict[str, Any]:
    """Each empty and filled."""
    made = {"class": class_figure(RUN), "class filled": class_figure(RUN, CLASS)}
    for name, plain in {**quality_figures(RUN), **quality_figures(RUN, QUALITY)}.items():
        made[f"quality {name}"] = plain
    for side in SIDES:
        made[side] = reliability_figure(RUN, side)
        made[f"{side} filled"] = reliability_figure(RUN, side, RELIABILITY)
    return made


@pytest.mark.parametrize("name", every_figure())
def test_plotly_accepts_the_figure(name: str) -> None:
    plain = every_figure()[name]
    assert len(as_plotly(plain).data) == len(plain["data"])


def test_each_measure_stands_in_exactly_one_chart() -> None:
    drawn = [measure.name for chart in CHARTS for measure in chart.measures]
    assert sorted(drawn) == sorted(measure.name for measure in MEASURES)


def test_measures_of_one_chart_are_of_one_kind_and_so_of_one_axis() -> None:
    for chart in CHARTS:
        assert len({measure.kind for measure in chart.measures}) == 1, chart.id


def test_charts_about_wrong_labels_need_noise() -> None:
    clean = charts({**RUN, "noise_rate": 0.0})
    assert len(clean) == len(charts(RUN)) - 3
    assert not any(chart.noise for chart in clean)


def test_a_quality_figure_holds_the_series_in_the_methods_colour() -> None:
    (trace,) = quality_figures(RUN, QUALITY)["entropy"]["data"]
    assert (trace["x"], trace["y"]) == ([1, 2], [2.0, 1.5])
    assert trace["line"]["color"] == method_colour("ols")
    assert trace["meta"] == {"run": 3, "metric": "soft_entropy", "group": ""}
    assert quality_figures(RUN, QUALITY)["target"]["data"][0]["x"] == []


def test_a_class_figure_names_its_partners_and_hides_the_other_groups() -> None:
    traces = class_figure(RUN, CLASS)["data"]
    shown = [trace for trace in traces if trace["visible"]]
    assert [(trace["name"], trace["y"]) for trace in shown] == [
        ("o", [0.1, 0.3]),
        ("0", [0.1, 0.2]),
    ]
    assert len(traces) == PARTNERS + 3
    assert {trace["meta"]["metric"]: trace["y"] for trace in traces}["accuracy"] == [None, 0.5]


def test_a_reliability_diagram_is_of_the_epoch_or_of_the_last_one() -> None:
    bars, diagonal, share = reliability_figure(RUN, "raw", RELIABILITY, 1)["data"]
    assert (bars["x"], bars["y"]) == ([0.25, 0.75], [0.0, 0.5])
    assert share["y"] == [0.25, 0.75]
    assert (diagonal["x"], diagonal["y"]) == ([0, 1], [0, 1])
    assert reliability_figure(RUN, "raw", RELIABILITY)["data"][0]["y"] == [None, 1.0]
