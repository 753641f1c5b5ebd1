"""`/table`: settings against methods as papers print them, and how sure one can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi.responses import Response

from backend.analysis.names import field_title, key_words
from backend.analysis.tables import export
from backend.analysis.tables.conclusion import Conclusion, companion
from backend.analysis.tables.paper_table import Cell
from backend.analysis.tables.verdicts import Verdict
from backend.api.params import Config, Db
from backend.api.tables import Asked, TableQuery, conclusion, found_runs
from backend.pages.shared.choice import address, choice_of
from backend.pages.shared.context import Context, Option
from backend.pages.shared.render import page, queue_of
from backend.pages.shared.run_links import runs_href
from backend.schemas.runs import RunResult
from backend.server.heavy_answers import LARGE
from backend.server.late_routes import Router
from backend.store.results import MOST as MOST_RUNS
from backend.store.spec_paths import differences, leaves
from ols.spec.fields import fields_by_path
from ols.spec.metrics import in_order, metric

router = Router()

ROW_FIELDS, COLUMN_FIELDS = 3, 2  # selects of the form
WHICH = (("last", "Last epoch"), ("best", "Best epoch"), ("last_ten", "Mean of the last ten"))


@dataclass(frozen=True)
class CellView:
    """A cell as text; `href` leads to its runs."""

    text: str
    n: int
    best: bool
    href: str
    published: str
    source: str


@dataclass(frozen=True)
class TableView:
    """One table as _table.html shows it."""

    title: str
    caption: str
    heads: list[str]
    columns: list[str]
    rows: list[tuple[list[str], list[CellView]]]
    improvements: list[tuple[str, str] | None]  # a column's text, gain or loss if it is sure
    baseline: str
    verdicts: list[Verdict]
    warnings: list[str]
    sources: list[str]


@dataclass(frozen=True)
class TablePage(Context):
    """`/table`"""

    template = "table/page.html"
    choice: Any  # of backend.pages.shared.choice
    asked: Any  # backend.api.tables.TableQuery
    runs: int
    cut: bool  # there are more than a table takes
    views: list[Any]  # of backend.pages.table; the metric asked for, and what stands beside it
    fields: list[Option]
    axes: list[tuple[str, str, list[str]]]  # parameter, title, a path for each select
    metrics: list[Option]
    which: list[Option]
    baselines: list[Option]
    baseline: str
    address: str
    noise: str
    exports: list[tuple[str, str, str]]  # format, title, text


@router.get("/table", dependencies=[LARGE])
def table_page(database: Db, config: Config, asked: Asked) -> Response:
    """The table, with calibration beside accuracy."""
    other = companion(asked.metric)
    matching_runs = found_runs(database, asked, *([other] if other else []))
    concluded = conclusion(matching_runs, asked, asked.metric)
    beside = conclusion(matching_runs, asked, other) if other else None
    has_companion = beside is not None and any(cell.n for row in beside.table.cells for cell in row)
    with database.read() as session:
        queue, choice = queue_of(session, config), choice_of(session, asked.selection)
    views = [_view(each, asked) for each in (concluded, beside if has_companion else None) if each]
    return page(
        TablePage(
            queue=queue,
            choice=choice,
            asked=asked,
            runs=len(matching_runs),
            cut=len(matching_runs) == MOST_RUNS,
            views=views,
            fields=_field_options(matching_runs, (*asked.rows, *asked.columns)),
            axes=[
                ("rows", "Rows", _padded(asked.rows, ROW_FIELDS)),
                ("columns", "Columns", _padded(asked.columns, COLUMN_FIELDS)),
            ],
            metrics=_metric_options(matching_runs, asked.metric),
            which=[Option(*each) for each in WHICH],
            baselines=_baselines(concluded),
            baseline=",".join(map(str, _key(concluded))),
            address=urlencode(_address(asked)),
            noise=urlencode(address(asked.selection)),
            exports=[
                (name, title, write(concluded.table, error=asked.error))
                for (name, (_, write)), title in zip(
                    export.EXPORTS.items(), ("LaTeX", "Markdown", "CSV"), strict=True
                )
            ],
        )
    )


def _view(concluded: Conclusion, asked: TableQuery) -> TableView:
    table = concluded.table
    error = asked.error and metric(table.metric).is_accuracy
    rows = list(zip(export.row_words(table), table.cells, strict=True))
    published = {c.published.source for _, cells in rows for c in cells if c.published}
    return TableView(
        title=export.heading(table, error=error),
        caption=export.explained(table, error=error),
        heads=[field_title(path) for path in table.row_paths] or ["Runs"],
        columns=export.column_heads(table),
        rows=[
            (words, [_cell(concluded, cell, error=error) for cell in cells])
            for words, cells in rows
        ],
        improvements=_improvements(concluded, error=error),
        baseline=key_words(table.column_paths, _key(concluded)) if table.column_keys else "",
        verdicts=concluded.verdicts,
        warnings=concluded.warnings,
        sources=sorted(published),
    )


def _cell(concluded: Conclusion, cell: Cell, *, error: bool) -> CellView:
    table, paper = concluded.table, cell.published
    printed = export.number(table, paper.top1, error=error) if paper else None
    return CellView(
        text=export.cell_text(table, cell, error=error),
        n=cell.n,
        best=cell.best,
        href=runs_href(cell.run_ids),
        published=f"{printed:.{export.digits(table)}f}" if printed is not None else "",
        source=paper.source if paper else "",
    )


def _improvements(concluded: Conclusion, *, error: bool) -> list[tuple[str, str] | None]:
    """In the unit of the table: as errors, what is better is a minus."""
    table = concluded.table
    texts: list[tuple[str, str] | None] = [None] * len(table.column_keys)
    for each in concluded.improvements:
        shown = export.number(table, each.mean) or 0.0
        places = export.digits(table)
        size = round(-shown if error else shown, places) + 0.0  # what rounds to 0 has no minus
        text = f"{size:+.{places}f}".replace("-", "−")
        texts[each.column] = (text, _direction(concluded, each.column))
    return texts


def _direction(concluded: Conclusion, column: int) -> str:
    """`gain` or `loss` where it is significant in every row, else nothing."""
    rows = [verdict for verdict in concluded.verdicts if verdict.column == column]
    if not all(verdict.sure for verdict in rows):
        return ""
    better = {metric(concluded.table.metric).improves(verdict.difference) for verdict in rows}
    return {frozenset({True}): "gain", frozenset({False}): "loss"}.get(frozenset(better), "")


def _key(concluded: Conclusion) -> Sequence[Any]:
    keys = concluded.table.column_keys
    return keys[concluded.baseline] if keys else ()


def _baselines(concluded: Conclusion) -> list[Option]:
    table = concluded.table
    return [
        Option(",".join(map(str, key)), key_words(table.column_paths, key))
        for key in table.column_keys
    ]


def _padded(paths: Sequence[str], count: int) -> list[str]:
    return [*paths, *[""] * (count - len(paths))]


def _field_options(runs: Sequence[RunResult], asked: Sequence[str]) -> list[Option]:
    """Fields of these runs, first those in which they differ."""
    differ = [row["path"] for row in differences(runs)]
    present = dict.fromkeys(path for run in runs for path, _ in leaves(run))
    paths = dict.fromkeys([*differ, *present, *asked])
    titles = {path: field.title for path, field in fields_by_path().items()}
    return [
        Option(
            path,
            titles.get(path, path),
            "They differ in" if path in differ else "The same in all",
        )
        for path in paths
        if path != "version"
    ]


def _metric_options(runs: Sequence[RunResult], asked: str) -> list[Option]:
    names = {name for run in runs for name in run["summary"]} | {asked}
    return [Option(name, metric(name).heading) for name in in_order(names)]


def _address(asked: TableQuery) -> list[tuple[str, str]]:
    return [
        *address(asked.selection),
        ("rows", ",".join(asked.rows)),
        ("columns", ",".join(asked.columns)),
        ("metric", asked.metric),
        ("which", asked.which),
        *([("baseline", asked.baseline)] if asked.baseline else []),
        *([("error", "1")] if asked.error else []),
    ]
