"""The comparison's table of results as text: a row per run or setting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.analysis.comparison.results import Stat, results
from backend.analysis.comparison.settings import Group, as_settings, each, settings
from backend.analysis.comparison.view import View
from backend.analysis.tables.emphasis import explained
from backend.core.palette import dashes
from backend.core.run_states import RunState
from backend.pages.shared.context import Cell
from backend.pages.shared.run_links import runs_href
from backend.schemas.runs import RunDetail
from ols.spec.metric import MARK
from ols.spec.metrics import metric


@dataclass(frozen=True)
class ResultRow:
    """A run, or a setting with several: its `run` is None."""

    title: str
    href: str
    method: str
    dash: str
    run: RunDetail | None
    count: int
    finished: int
    cells: list[Cell]


@dataclass(frozen=True)
class ResultTable:
    """Results of each run or of each setting; `repeated`: one can choose which."""

    by: str
    repeated: bool
    columns: list[tuple[str, str]]  # metric and title
    rows: list[ResultRow]

    @property
    def explained(self) -> str:
        """Of the cells, below the table."""
        means = any(row.count > 1 for row in self.rows)
        cells = "Mean ± standard deviation over seeds." if means else "One seed in each row."
        return explained(cells, marked=any(cell.best for row in self.rows for cell in row.cells))

    @property
    def mark(self) -> str:
        """What stands behind the title of a column with a caveat; empty where none has one."""
        return MARK if any(title.endswith(MARK) for _, title in self.columns) else ""


def result_table(runs: Sequence[RunDetail], view: View) -> ResultTable:
    """As the address asks; many runs that repeat fewer settings stand as settings."""
    groups = settings(runs)
    grouped = as_settings(runs, groups, view.results)
    shown = groups if grouped else each(runs)
    table = results(runs, shown)
    styles = dashes([group.method for group in shown])
    rows = []
    for group, dash, stats in zip(shown, styles, table.rows, strict=True):
        pairs = zip(table.columns, stats, strict=True)
        cells = [_cell(name, stat, len(group.places)) for (name, _, _), stat in pairs]
        rows.append(_row(runs, group, dash, cells, grouped=grouped))
    return ResultTable(
        by="settings" if grouped else "runs",
        repeated=len(groups) < len(runs),
        columns=[(name, title) for name, _, title in table.columns],
        rows=rows,
    )


def _row(
    runs: Sequence[RunDetail], group: Group, dash: str, cells: list[Cell], *, grouped: bool
) -> ResultRow:
    members = [runs[place] for place in group.places]
    ids = [run["id"] for run in members]
    return ResultRow(
        title=group.title if grouped else members[0]["name"],
        href=runs_href(ids),
        method=group.method,
        dash=dash,
        run=None if grouped else members[0],
        count=len(ids),
        finished=sum(run["state"] == RunState.FINISHED for run in members),
        cells=cells,
    )


def _cell(name: str, stat: Stat, runs: int) -> Cell:
    if runs == 1:
        note = f"epoch {stat.epoch}" if stat.epoch is not None else ""
        return Cell(metric(name).text(stat.mean), stat.best, note)
    note = f"n = {stat.n}" if stat.n not in (0, runs) else ""
    return Cell(metric(name).form.spread(stat.mean, stat.std), stat.best, note)
