"""A comparison as one self-contained HTML file: tables with significance, curves.

python -m backend report --compare 1,2,3 > report.html
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from backend.analysis.comparison.axes import axes_of
from backend.analysis.comparison.pictures import Line, Pictures, pictures
from backend.analysis.comparison.view import View
from backend.analysis.figures.figure import Figure, as_plotly
from backend.analysis.figures.noise import noise_figures
from backend.analysis.tables import export
from backend.analysis.tables.conclusion import Conclusion, conclude
from backend.analysis.tables.noise import noise_report
from backend.analysis.tables.paper_table import paper_table
from backend.core.palette import DASHES, method_colour
from backend.reports.run_report import FigurePage, document, notes
from backend.schemas.compare import Comparison
from backend.schemas.runs import RunRow
from backend.store import runs
from backend.store.compare import compare
from backend.store.database import Database
from ols.spec.metrics import shown

_HEIGHT = 340  # pixels of a figure
_STROKES = dict(zip(DASHES, ("", "7 4", "2.5 3", "7 3 2 3", "10 4", "10 3 2 3"), strict=True))


def compare_report(database: Database, run_ids: Sequence[int]) -> str:
    """The page; raises NotFound where a run is missing."""
    with database.read() as session:
        for run_id in run_ids:
            runs.require(session, run_id)
        comparison = compare(session, run_ids)
        shown = pictures(session, comparison, View(lines="mean", layout="each"))
    compared = comparison["runs"]
    splits = ", ".join(sorted({str(run["eval_on"]) for run in compared}))
    title = f"Comparison of {len(compared)} runs"
    page = FigurePage()
    return document(
        title,
        [
            f"<h1>{title}</h1><p>Validated on {escape(splits)}.</p>",
            *_tables(comparison),
            "<h2>Curves: mean ± standard deviation over seeds</h2>",
            _legend(shown.legend),
            _grid(page, [drawn for _, drawn in shown.curves]),
            *_noise(page, compared),
            *_pictures(page, shown),
            _runs(comparison),
            *notes(compared),
        ],
    )


def _tables(comparison: Comparison) -> list[str]:
    rows, columns = axes_of(comparison)
    parts = []
    for each in shown("headline"):
        table = paper_table(comparison["runs"], rows=rows, columns=columns, metric=each.name)
        if any(cell.n for cells in table.cells for cell in cells):
            parts += [f"<h2>{escape(each.heading)}</h2>", _table(conclude(table))]
    return parts


def _table(concluded: Conclusion) -> str:
    table = concluded.table
    heads = [*export.row_heads(table), *export.column_heads(table)]
    lines = ["<tr>" + "".join(f"<th>{escape(head)}</th>" for head in heads) + "</tr>"]
    for words, cells in zip(export.row_words(table), table.cells, strict=True):
        texts = [f"<td>{escape(word)}</td>" for word in words]
        for cell in cells:
            text = f"{escape(export.cell_text(table, cell))} <small>n = {cell.n}</small>"
            texts.append(f"<td>{f'<b>{text}</b>' if cell.best else text}</td>")
        lines.append(f"<tr>{''.join(texts)}</tr>")
    said = "".join(f"<li>{escape(verdict.sentence)}</li>" for verdict in concluded.verdicts)
    warned = "".join(f"<p><em>{escape(text)}</em></p>" for text in concluded.warnings)
    return (
        f"<table>{''.join(lines)}</table><p>{escape(export.explained(table))}</p>{warned}"
        f"<ul>{said}</ul><details><summary>LaTeX</summary>"
        f"<pre>{escape(export.latex(table))}</pre></details>"
    )


def _legend(shown: Sequence[Line]) -> str:
    """Which line is which, once for several charts."""
    lines = "".join(
        f'<li><svg viewBox="0 0 40 8" width="40" height="8"><line x1="0" x2="40" y1="4" y2="4" '
        f'stroke="{method_colour(method)}" stroke-width="3" stroke-dasharray="{_STROKES[dash]}"/>'
        f"</svg> {escape(title)}</li>"
        for title, method, dash in shown
    )
    return f"<ul>{lines}</ul>"


def _noise(page: FigurePage, compared: Sequence[RunRow]) -> list[str]:
    """Against the noise rate, where the runs are of one dataset and have several."""
    rates = {run["noise_rate"] for run in compared}
    if len(rates) < 2 or len({run["dataset"] for run in compared}) > 1:
        return []
    report = noise_report(compared, {})
    drawn = noise_figures(report)
    shown = [drawn[name] for name in ("accuracy", "gain", "calibration", "drop")]
    head = f"<h2>Against the share of wrong labels</h2><p>{escape(report['claim'])}</p>"
    return [head, _grid(page, shown)]


def _pictures(page: FigurePage, shown: Pictures) -> list[str]:
    parts = []
    if shown.reliability:
        lines = [
            (f"{title}, ECE {ece:.1%}", method, dash)
            for (title, method, dash), ece in shown.calibration
        ]
        parts += ["<h2>Calibration</h2>", _legend(lines), _grid(page, [shown.reliability])]
    if shown.classes:
        parts += ["<h2>Classes</h2>", _grid(page, list(shown.classes.values()))]
    return [*parts, "<h2>Fields and results</h2>", _grid(page, [shown.scatter, shown.parallel])]


def _grid(page: FigurePage, figures: Sequence[Figure]) -> str:
    return f'<div class="small">{"".join(_figure(page, drawn) for drawn in figures)}</div>'


def _figure(page: FigurePage, plain: Figure) -> str:
    group = plain.get("group")
    titles = [each["title"] for each in plain["groups"] if not group or each["id"] == group]
    plotly_figure = as_plotly({**plain, "layout": {**plain["layout"], "height": _HEIGHT}})
    return f"<div><h3>{escape(_capital(titles[0]))}</h3>{page.figure(plotly_figure)}</div>"


def _runs(comparison: Comparison) -> str:
    """Which runs these were, and in what they differ."""
    rows = comparison["differences"]
    owned = any(run["owner"] for run in comparison["runs"])
    head = "<th>Owner</th>" if owned else ""
    head += "".join(f"<th>{escape(row['path'])}</th>" for row in rows)
    lines = [
        f"<tr><td>#{run['id']}</td><td>{escape(run['name'])}</td><td>{run['state']}</td>"
        + (f"<td>{escape(_word(run['owner']))}</td>" if owned else "")
        + "".join(f"<td>{escape(_word(row['values'][place]))}</td>" for row in rows)
        + "</tr>"
        for place, run in enumerate(comparison["runs"])
    ]
    return (
        '<h2>The runs</h2><div style="overflow:auto"><table>'
        "<tr><th>Run</th><th>Name</th><th>State</th>"
        f"{head}</tr>{''.join(lines)}</table></div>"
    )


def _word(value: Any) -> str:
    return "–" if value is None else str(value)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
