"""A table as papers print it: settings in rows, methods in columns, mean ± deviation over seeds.

    table = paper_table(runs, rows=["dataset.name"], columns=["method.name"], metric="val_top1")
    table.cells[0][1].mean

Fields are paths into a run's resolved spec. Two runs of one cell differ in what neither rows nor
columns name; where that is more than the seed, the table says so.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from backend.analysis.tables.curves import REPEATS
from backend.analysis.tables.emphasis import bold
from backend.analysis.tables.published import Published, published
from backend.analysis.tables.significance import paired_bootstrap, welch
from backend.analysis.targets import summary_value
from backend.core.run_states import RunState
from backend.schemas.runs import RunResult, Summarised
from backend.store.spec_paths import leaves
from ols.spec.metrics import metric as metric_of

Which = Literal["last", "best", "last_ten"]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Cell:
    """Runs of one setting under one column. `mean` is None for a cell without a result."""

    run_ids: tuple[int, ...] = ()
    values: tuple[float, ...] = ()  # one per run with a result, in the order of run_ids
    by_pair: Mapping[Key, float] = field(default_factory=dict)  # for pairing with another column
    best: bool = False  # or not significantly different from the best of its row
    published: Published | None = None

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def mean(self) -> float | None:
        return statistics.fmean(self.values) if self.values else None

    @property
    def std(self) -> float | None:
        """The sample's standard deviation (n - 1); None for fewer than two results."""
        return statistics.stdev(self.values) if self.n > 1 else None


@dataclass(frozen=True)
class PaperTable:
    """`cells[i][j]` belongs to row_keys[i] and column_keys[j], whose values follow the paths."""

    metric: str
    which: Which
    row_paths: tuple[str, ...]
    column_paths: tuple[str, ...]
    row_keys: tuple[Key, ...]
    column_keys: tuple[Key, ...]
    cells: tuple[tuple[Cell, ...], ...]
    mixed: tuple[str, ...]  # further fields in which runs of one cell differ
    eval_on: tuple[str, ...]  # the splits that were measured
    unfinished: int = 0  # runs with a result that have not finished: it is that of an earlier epoch

    @property
    def caveats(self) -> tuple[str, ...]:
        """What was picked or fitted on the split that the numbers are measured on."""
        measured = metric_of(self.metric)
        said = (measured.caveat(self.which, eval_on) for eval_on in self.eval_on)
        return tuple(dict.fromkeys(filter(None, said)))


def paper_table(
    runs: Sequence[Summarised],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    metric: str,
    which: Which = "last",
) -> PaperTable:
    """Sorts runs (as JSON, with `spec`, `summary` and for last_ten `last_ten`) into cells."""
    flat = [dict(leaves(run)) for run in runs]
    row_keys = _keys(flat, rows)
    column_keys = _keys(flat, columns)
    groups: dict[tuple[Key, Key], list[int]] = {}
    for index, spec in enumerate(flat):
        groups.setdefault((_key(spec, rows), _key(spec, columns)), []).append(index)
    pairing = _pairing_paths(flat, columns)
    cells = []
    for row in row_keys:
        row_cells = [
            _cell(
                [(runs[i], flat[i]) for i in groups.get((row, column), [])], metric, which, pairing
            )
            for column in column_keys
        ]
        cells.append(row_cells)
    return PaperTable(
        metric=metric,
        which=which,
        row_paths=tuple(rows),
        column_paths=tuple(columns),
        row_keys=row_keys,
        column_keys=column_keys,
        cells=_with_bold(cells, metric),
        mixed=_mixed([[flat[i] for i in group] for group in groups.values()]),
        eval_on=tuple(sorted({str(spec.get("eval_on")) for spec in flat})),
        unfinished=sum(
            run.get("state", RunState.FINISHED) != RunState.FINISHED
            and result(run, metric, which) is not None
            for run in runs
        ),
    )


def result(run: Summarised, metric: str, which: Which) -> float | None:
    """The number that a run contributes."""
    if which == "last_ten":
        return cast(RunResult, run).get("last_ten", {}).get(metric)
    return summary_value(run, metric, which)


def _cell(
    members: Sequence[tuple[Summarised, Mapping[str, Any]]],
    metric: str,
    which: Which,
    pairing: Sequence[str],
) -> Cell:
    ids, values, by_pair = [], [], {}
    for run, spec in members:
        value = result(run, metric, which)
        if value is None:
            continue
        ids.append(run["id"])
        values.append(value)
        by_pair[_key(spec, pairing)] = value
    paper = published([spec for _, spec in members]) if _in_papers(metric) else None
    return Cell(tuple(ids), tuple(values), by_pair, published=paper)


def _with_bold(rows: Sequence[Sequence[Cell]], metric: str) -> tuple[tuple[Cell, ...], ...]:
    marked = bold(rows, metric, _p_value)
    return tuple(
        tuple(replace(cell, best=best) for cell, best in zip(cells, bests, strict=True))
        for cells, bests in zip(rows, marked, strict=True)
    )


def _p_value(ours: Cell, theirs: Cell) -> float:
    """Of the stricter test, as the table's sentences have it."""
    tests = (welch(ours.values, theirs.values), paired_bootstrap(*pairs_of(ours, theirs)))
    return max(test.p for test in tests if test is not None)


def pairs_of(ours: Cell, theirs: Cell) -> tuple[list[float], list[float]]:
    """The results of both under the seeds that both have."""
    shared = [key for key in ours.by_pair if key in theirs.by_pair]
    return [ours.by_pair[key] for key in shared], [theirs.by_pair[key] for key in shared]


def _in_papers(name: str) -> bool:
    """Papers print the last network's top-1."""
    return metric_of(name).measure == "top1" and metric_of(name).split in ("val", "test")


def _pairing_paths(flat: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[str]:
    """Whatever identifies a run within a column: all that its counterpart must share."""
    parts = {path.split(".")[0] for path in columns}
    paths = dict.fromkeys(path for spec in flat for path in spec)
    return [path for path in paths if path.split(".")[0] not in parts and path != "version"]


def _keys(flat: Sequence[Mapping[str, Any]], paths: Sequence[str]) -> tuple[Key, ...]:
    """In the order in which values sort where they can, else as they come."""
    keys = list(dict.fromkeys(_key(spec, paths) for spec in flat))
    try:
        return tuple(sorted(keys))
    except TypeError:  # None beside a number, a word beside a number
        return tuple(keys)


def _key(spec: Mapping[str, Any], paths: Sequence[str]) -> Key:
    return tuple(_hashable(spec.get(path)) for path in paths)


def _hashable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(sorted(value.items()))
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


def _mixed(groups: Sequence[Sequence[Mapping[str, Any]]]) -> tuple[str, ...]:
    paths: dict[str, None] = {}
    for group in groups:
        for path in dict.fromkeys(path for spec in group for path in spec):
            if (
                path.split(".")[0] not in REPEATS
                and len({_hashable(spec.get(path)) for spec in group}) > 1
            ):
                paths[path] = None
    return tuple(paths)
