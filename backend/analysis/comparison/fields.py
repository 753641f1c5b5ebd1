"""What can stand on an axis: fields in which runs differ, their results, and the other fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.analysis.names import value_words
from backend.analysis.targets import summary_value, title_of_target, which_of
from backend.schemas.compare import Comparison, Difference
from backend.schemas.runs import RunRow
from backend.store.conditions import is_field, target_of
from backend.store.spec_paths import leaves, tell_apart
from ols.spec.metrics import ACCURACY, CALIBRATION, in_order, metric

MOST_AXES = 10  # of the parallel coordinates

Columns = dict[str, list[Any]]  # `spec.noise.rate` or `val_top1.last` -> a value per run


def columns(comparison: Comparison) -> Columns:
    """First the fields that differ, then results, then the rest."""
    runs = comparison["runs"]
    flat = [dict(leaves(run)) for run in runs]
    differ = telling_first(comparison["differences"])
    rest = dict.fromkeys(path for spec in flat for path in spec if path != "version")
    fields = {target_of(p): [_plain(p, spec.get(p)) for spec in flat] for p in [*differ, *rest]}
    first = {name: fields[name] for name in map(target_of, differ)}
    return {**first, **_results(runs), **fields} or {"spec.seed": [None] * len(runs)}


def telling_first(differences: Sequence[Difference]) -> list[str]:
    """Paths that differ; last those that only some methods have, and all of them alike."""
    return sorted(
        (str(row["path"]) for row in differences),
        key=lambda path: (
            not tell_apart(next(r["values"] for r in differences if r["path"] == path))
        ),
    )


def axes(columns: Columns, field: str, against: str) -> tuple[str, str]:
    """The names of a scatter's two columns: those asked for where they are there."""
    names = list(columns)
    results = [name for name in names if not is_field(name)] or names
    default = f"{ACCURACY}.last" if f"{ACCURACY}.last" in columns else results[0]
    return field if field in columns else names[0], against if against in columns else default


def parallel(comparison: Comparison, columns: Columns, against: str) -> list[tuple[str, list[Any]]]:
    """Axes of the parallel coordinates: fields that tell runs apart, calibration, the result."""
    told = [row for row in comparison["differences"] if tell_apart(row["values"])]
    differ = [target_of(row["path"]) for row in told]
    results = [name for name in (f"{CALIBRATION}.last", against) if name in columns]
    names = list(dict.fromkeys([*differ[: MOST_AXES - len(results)], *results]))
    return [(name, columns[name]) for name in names]


def axis_title(name: str) -> str:
    """`spec.noise.rate` -> `Noise rate`: without the section of the form."""
    return title_of_target(name).split(": ")[-1]


def is_share(name: str) -> bool:
    """A metric that lies in [0, 1] and is shown in percent."""
    return not is_field(name) and metric(name.rpartition(".")[0]).kind == "share"


def _results(runs: Sequence[RunRow]) -> Columns:
    names = in_order(name for run in runs for name in run["summary"])
    return {
        target: [summary_value(run, *which_of(target)) for run in runs]
        for name in names
        for target in (f"{name}.last", f"{name}.best")
    }


def _plain(path: str, value: Any) -> Any:
    """Names by their titles; lists and truth values as words: they need a place on an axis."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return value_words(path, value)
