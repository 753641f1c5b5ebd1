"""Robustness to label noise: accuracy, calibration and memorisation against the noise rate.

    noise_report(runs, memorised)["accuracy"]["last"]["ols"][2]["mean"]

The paper's claim is that OLS loses less than hard labels where labels are wrong. A method that
memorises wrong labels shows it twice: `train_memorized` rises, and the last epoch falls behind the
best one.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence

from backend.analysis.names import value_words
from backend.analysis.tables.conclusion import Conclusion, conclude
from backend.analysis.tables.curves import mean_curve
from backend.analysis.tables.paper_table import Cell, PaperTable, Which, paper_table
from backend.schemas.noise import MemorisedCurve, NoiseGain, NoiseLines, NoisePoint, NoiseReport
from backend.schemas.runs import Summarised
from ols.spec.metrics import ACCURACY, CALIBRATION

Runs = Sequence[Summarised]
Series = Mapping[int, Mapping[int, float]]  # run -> epoch -> value


def dataset_counts(runs: Runs) -> list[tuple[str, int]]:
    """The datasets of these runs, those with the most first: a picture is of one of them."""
    counts = Counter(run["dataset"] for run in runs if run["dataset"])
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def conclusion(runs: Runs, baseline: str = "", metric: str = ACCURACY) -> Conclusion:
    """Noise rates against methods, in the last epoch."""
    return conclude(_table(runs, metric, "last"), (baseline,) if baseline else None)


def noise_report(runs: Runs, memorised: Series, baseline: str = "") -> NoiseReport:
    """All the page's numbers, of the runs of one dataset.

    `memorised` has `train_memorized` of each epoch.
    """
    concluded = conclusion(runs, baseline)
    table, best = concluded.table, _table(runs, ACCURACY, "best")
    rates, methods = [key[0] for key in table.row_keys], [key[0] for key in table.column_keys]
    return {
        "rates": rates,
        "methods": methods,
        "baseline": methods[concluded.baseline] if methods else None,
        "eval_on": list(table.eval_on),
        "accuracy": {"last": _points(table), "best": _points(best)},
        "calibration": {"last": _points(_table(runs, CALIBRATION, "last"))},
        "gain": _gains(concluded),
        "drop": _drops(table, best),
        "memorised": _curves(runs, memorised),
        "lost": _lost(table),
        "claim": _claim(table),
        "verdicts": [{"sentence": v.sentence, "sure": v.sure} for v in concluded.verdicts],
        "warnings": concluded.warnings,
    }


def _table(runs: Runs, metric: str, which: Which) -> PaperTable:
    """A logged run that named no method or no noise has no place in it."""
    placed = [run for run in runs if run["spec"] or (run["method"] and run["noise_rate"])]
    return paper_table(
        placed, rows=["noise.rate"], columns=["method.name"], metric=metric, which=which
    )


def _point(values: Sequence[float], ids: Sequence[int]) -> NoisePoint | None:
    if not values:
        return None
    std = statistics.stdev(values) if len(values) > 1 else None
    return {"mean": statistics.fmean(values), "std": std, "n": len(values), "runs": list(ids)}


def _points(table: PaperTable) -> NoiseLines:
    return {
        key[0]: [_point(cells[column].values, cells[column].run_ids) for cells in table.cells]
        for column, key in enumerate(table.column_keys)
    }


def _gains(concluded: Conclusion) -> dict[str, list[NoiseGain | None]]:
    """Each method's accuracy minus the baseline's."""
    table = concluded.table
    gains: dict[str, list[NoiseGain | None]] = {
        key[0]: [None] * len(table.row_keys)
        for column, key in enumerate(table.column_keys)
        if column != concluded.baseline
    }
    for verdict in concluded.verdicts:
        gains[table.column_keys[verdict.column][0]][verdict.row] = {
            "mean": verdict.difference,
            "low": verdict.welch.low if verdict.welch else None,
            "high": verdict.welch.high if verdict.welch else None,
            "n": min(verdict.n, verdict.n_baseline),
            "sure": verdict.sure,
        }
    return gains


def _drops(last: PaperTable, best: PaperTable) -> NoiseLines:
    """What each run lost between its best and its last epoch."""
    return {
        key[0]: [
            _drop(ends[column], tops[column])
            for ends, tops in zip(last.cells, best.cells, strict=True)
        ]
        for column, key in enumerate(last.column_keys)
    }


def _drop(last: Cell, best: Cell) -> NoisePoint | None:
    ends = dict(zip(last.run_ids, last.values, strict=True))
    tops = dict(zip(best.run_ids, best.values, strict=True))
    both = [run for run in ends if run in tops]
    return _point([tops[run] - ends[run] for run in both], both)


def _curves(runs: Runs, memorised: Series) -> list[MemorisedCurve]:
    """The share of corrupted samples learned as their wrong label, over the epochs."""
    groups: dict[tuple[float, str], list[int]] = {}
    for run in runs:
        if memorised.get(run["id"]) and run["noise_rate"] and run["method"]:
            key = (run["noise_rate"], run["method"])
            groups.setdefault(key, []).append(run["id"])
    return [
        {"rate": rate, "method": method, **mean_curve([memorised[run] for run in ids])}
        for (rate, method), ids in sorted(groups.items())
    ]


def _lost(table: PaperTable) -> dict[str, float]:
    """Accuracy lost from the lowest to the highest rate, of the methods that have both."""
    if len(table.row_keys) < 2:
        return {}
    pairs = zip(table.column_keys, table.cells[0], table.cells[-1], strict=True)
    return {
        key[0]: low.mean - high.mean
        for key, low, high in pairs
        if low.mean is not None and high.mean is not None
    }


def _claim(table: PaperTable) -> str:
    """What became of the claim here, in a sentence; empty where one noise rate says nothing."""
    lost = _lost(table)
    if not lost:
        return ""
    low, high = (value_words("noise.rate", table.row_keys[at][0]) for at in (0, -1))
    each = "; ".join(
        f"{value_words('method.name', method)} {100 * points:.1f}"
        for method, points in sorted(lost.items(), key=lambda item: item[1])
    )
    return f"Points of accuracy lost from {low} to {high} wrong labels: {each}."
