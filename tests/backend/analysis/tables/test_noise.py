"""Against the noise rate: points are means of their runs; gains, drops and curves follow."""

from __future__ import annotations

import statistics

import plotly.graph_objects as go
import pytest

from backend.analysis.figures.noise import noise_figures
from backend.analysis.tables.curves import mean_curve
from backend.analysis.tables.noise import dataset_counts, noise_report
from tests.backend.analysis.tables.made_up import experiment

CLEAN = experiment({"hard": [0.80, 0.82, 0.81], "ols": [0.81, 0.83, 0.82]})
NOISY = experiment({"hard": [0.50, 0.52, 0.51], "ols": [0.70, 0.71, 0.72]}, rate=0.4)
for each in NOISY:
    each["id"] += 1000
RUNS = [*CLEAN, *NOISY]
CURVES = {each["id"]: {1: 0.1, 2: 0.1 + each["id"] % 100 / 100} for each in RUNS}
REPORT = noise_report(RUNS, CURVES)


def test_points_are_means_over_seeds_at_each_rate() -> None:
    assert REPORT["rates"] == [0.0, 0.4]
    point = REPORT["accuracy"]["last"]["hard"][1]
    assert point["mean"] == pytest.approx(0.51)
    assert point["std"] == pytest.approx(statistics.stdev([0.50, 0.52, 0.51]))
    assert point["runs"] == [1100, 1101, 1102]
    assert REPORT["calibration"]["last"]["hard"] == [None, None]  # none was measured


def test_the_gain_is_against_the_baseline_with_an_interval() -> None:
    assert set(REPORT["gain"]) == {"ols"}
    gain = REPORT["gain"]["ols"][1]
    assert gain["mean"] == pytest.approx(0.20)
    assert gain["low"] < 0.20 < gain["high"]
    assert noise_report(RUNS, {}, "ols")["gain"]["hard"][1]["mean"] == pytest.approx(-0.20)


def test_the_drop_is_each_runs_own() -> None:
    drop = REPORT["drop"]["ols"][0]
    assert (drop["mean"], drop["n"]) == (pytest.approx(0.01), 3)
    assert drop["std"] == pytest.approx(0.0)


def test_only_runs_with_wrong_labels_memorise() -> None:
    assert {(c["rate"], c["method"]) for c in REPORT["memorised"]} == {(0.4, "hard"), (0.4, "ols")}
    hard = REPORT["memorised"][0]
    assert hard["epochs"] == [1, 2]
    assert hard["mean"] == pytest.approx([0.1, 0.11])
    assert hard["n"] == 3


def test_a_curve_takes_at_each_epoch_the_runs_that_have_it() -> None:
    curve = mean_curve([{1: 0.0, 2: 0.2}, {2: 0.4}])
    assert curve["mean"] == pytest.approx([0.0, 0.3])
    assert curve["std"][0] is None


def test_the_claim_names_what_each_method_lost() -> None:
    assert REPORT["lost"] == pytest.approx({"hard": 0.30, "ols": 0.11})
    assert REPORT["claim"].endswith("Online label smoothing 11.0; Hard labels 30.0.")
    assert noise_report(NOISY, {})["claim"] == ""


def test_of_several_datasets_the_largest_comes_first() -> None:
    other = experiment({"hard": [0.5]}, dataset="digits")
    assert dataset_counts([*other, *RUNS]) == [("glyphs", 12), ("digits", 1)]


def test_figures_show_the_reports_numbers_and_are_plotlys() -> None:
    figures = noise_figures(REPORT)
    assert set(figures) == {"accuracy", "calibration", "gain", "drop", "memorised_0.4"}
    for made in figures.values():
        go.Figure(data=made["data"], layout=made["layout"])
    lines = [t for t in figures["accuracy"]["data"] if not t["meta"].get("band")]
    assert lines[1]["y"] == pytest.approx([0.82, 0.71])
    (area,) = [
        t
        for t in figures["accuracy"]["data"]
        if t["meta"].get("band") and t["meta"]["method"] == "ols"
    ]
    assert area["y"] == pytest.approx([0.83, 0.72, 0.70, 0.81])


def test_no_runs_make_empty_figures() -> None:
    for made in noise_figures(noise_report([], {})).values():
        go.Figure(data=made["data"], layout=made["layout"])
