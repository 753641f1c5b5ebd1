"""Grouped runs as a table: columns that sort, cells of mean and deviation, links to the runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from backend.analysis.tables.emphasis import Sample, bold, explained
from backend.analysis.targets import title_of_target
from backend.pages.shared.context import Cell, Head
from backend.server.addresses import url
from backend.store.conditions import target_of
from backend.store.groups import MOST_GROUPS, MOST_METRICS, MOST_PATHS, groups
from backend.store.listing import RunQuery
from ols.spec.metrics import metric


@dataclass(frozen=True)
class GroupRow:
    """One setting: its values, links to its runs, a cell a metric."""

    values: list[tuple[str, Any]]  # path and value
    runs: int
    finished: int
    href: str
    cells: list[Cell]


@dataclass(frozen=True)
class GroupTable:
    """What _group_table.html shows."""

    columns: list[Head]
    rows: list[GroupRow]
    cut: bool  # there are more groups than are shown

    @property
    def explained(self) -> str:
        """Of the cells, below the table."""
        means = any(row.runs > 1 for row in self.rows)
        cells = "Mean ± standard deviation over the runs of a setting." if means else "One seed."
        return explained(cells, marked=any(cell.best for row in self.rows for cell in row.cells))


def group_table(
    session: Session,
    query: RunQuery,
    paths: Sequence[str],
    metrics: Sequence[str],
    *,
    base: str,
    runs_base: Sequence[tuple[str, str]],
    keep: Sequence[tuple[str, str]] = (),
) -> GroupTable:
    """`base` with `keep` is the page's address, to which a sort is added; `runs_base` leads to
    the runs."""
    paths, metrics = paths[:MOST_PATHS], metrics[:MOST_METRICS]
    grouped = groups(session, query, paths, metrics)
    shown = [m for m in metrics if any(group["metrics"][m]["n"] for group in grouped)]
    fields = [(target_of(path), title_of_target(target_of(path)), "") for path in paths]
    numbers = [(target, title_of_target(target), "num") for target in shown]
    heads = [*fields, ("runs", "Runs", "num"), *numbers]
    cells = {target: _cells(grouped, target) for target in shown}
    rows = [
        GroupRow(
            values=list(group["values"].items()),
            runs=group["runs"],
            finished=group["finished"],
            href=url("/?") + urlencode([*runs_base, *(("where", text) for text in group["where"])]),
            cells=[cells[target][index] for target in shown],
        )
        for index, group in enumerate(grouped)
    ]
    columns = [_column(query.sort, *head, base=base, keep=keep) for head in heads]
    return GroupTable(columns, rows, len(grouped) == MOST_GROUPS)


def _cells(grouped: Sequence[Mapping[str, Any]], target: str) -> list[Cell]:
    measured = metric(target.rsplit(".", 1)[0])
    stats = [group["metrics"][target] for group in grouped]
    name = measured.name
    marks = bold([[Sample(each["mean"], each["std"], each["n"]) for each in stats]], name)[0]
    return [
        Cell(
            measured.form.spread(entry["mean"], entry["std"]),
            best,
            _n(entry, group),
        )
        for entry, group, best in zip(stats, grouped, marks, strict=True)
    ]


def _n(entry: Mapping[str, Any], group: Mapping[str, Any]) -> str:
    """How many runs a mean is of, said where it is not all."""
    return f"n = {entry['n']}" if entry["n"] not in (0, group["runs"]) else ""


def _column(
    sort: str, name: str, title: str, css: str, *, base: str, keep: Sequence[tuple[str, str]]
) -> Head:
    if name == "runs":
        return Head(name, title, "", "", css, "How many runs")
    current = sort.removeprefix("-") == name
    down = sort.startswith("-")
    flip = not down if current else bool(css)  # numbers: the largest first
    order = ("descending" if down else "ascending") if current else ""
    href = f"{base}?{urlencode([*keep, ('sort', ('-' if flip else '') + name)])}"
    return replace(Head(name, title, href, order, css), help=name)
