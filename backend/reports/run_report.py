"""A run as one self-contained HTML file: opens without a server or a network.

    python -m backend report 7 > report.html

plotly.js is inlined and nothing is stored or fetched, so it works in a sandboxed frame too.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from backend.analysis.formats import percent
from backend.reports.markdown import markdown
from backend.reports.notebook import RunView
from backend.schemas.matrices import ClassRow
from backend.schemas.runs import RunDetail, RunRow
from backend.store import precisions
from backend.store.errors import NotFound
from ols.spec.metric import MARK
from ols.spec.metrics import shown

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;
color:#1d2630;background:#fff}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.25rem .9rem .25rem 0;text-align:left;border-bottom:1px solid #dde2e7}
.num{text-align:right}.all{overflow-x:auto}th[scope=row]{font-weight:400}
table{display:block;overflow-x:auto;max-width:100%}a{color:#1f5fbf}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
.notes{max-width:80ch;overflow-wrap:anywhere}
.notes :is(h1,h2,h3){font-size:1rem;margin:1rem 0 .3rem}
.notes table{width:auto}.notes pre{white-space:pre-wrap}
.small{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,420px),1fr))}
.small>div{min-width:0}
"""
_CONFIG = {"displaylogo": False, "showSendToCloud": False, "responsive": True}


def report(view: RunView) -> str:
    """The page."""
    run = view.facts()
    page = FigurePage()
    accuracy, loss = view.curves()
    body = [
        f"<h1>{escape(run['name'])} <small>#{run['id']}, {run['state']}{_whose(run)}</small></h1>",
        f"<p>{escape(view.verdict())}</p>",
        _summary(run),
        *notes([run]),
        "<h2>Curves</h2>",
        page.figure(accuracy),
        page.figure(loss),
        "<h2>Soft labels per epoch</h2>",
        *_heatmap(page, view),
        "<h2>Soft-label quality</h2>",
        '<div class="small">',
        *(page.figure(figure) for figure in view.quality()),
        "</div>",
    ]
    if diagrams := view.reliability():
        body += [
            "<h2>Calibration</h2>",
            '<div class="small">',
            *map(page.figure, diagrams),
            "</div>",
        ]
    body += [*_classes(view), _spec(run)]
    return document(run["name"], body)


def _whose(run: RunRow) -> str:
    return f", by {escape(run['owner'])}" if run["owner"] else ""


def notes(runs: Sequence[RunRow]) -> list[str]:
    """What somebody wrote about these runs; nothing where nobody did."""
    written = [run for run in runs if run["notes"]]
    texts = [
        (f"<h3>{escape(run['name'])} #{run['id']}</h3>" if len(runs) > 1 else "")
        + f'<div class="notes">{markdown(run["notes"])}</div>'
        for run in written
    ]
    return ["<h2>Notes</h2>", *texts] if written else []


def document(title: str, body: Sequence[str], style: str = _STYLE) -> str:
    """A whole page of these parts."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{style}</style></head>"
        f"<body>{''.join(body)}</body></html>"
    )


class FigurePage:
    """Inlines plotly.js before its first figure."""

    def __init__(self) -> None:
        self._first = True

    def figure(self, figure: Any) -> str:
        include: Any = "inline" if self._first else False
        self._first = False
        text: str = figure.to_html(
            full_html=False, include_plotlyjs=include, config=_CONFIG, auto_play=False
        )
        return text


def _heatmap(page: FigurePage, view: RunView) -> list[str]:
    try:
        pairs = view.pairs(12)
        heatmap = page.figure(view.heatmap())
    except NotFound:
        return ["<p>No matrix has been recorded yet.</p>"]
    rows = "".join(
        f"<tr><td>{escape(pair['a_name'])} – {escape(pair['b_name'])}</td>"
        f"<td>{pair['forward']:.2%}</td><td>{pair['reverse']:.2%}</td>"
        f"<td>{pair['first_rose'] if pair['first_rose'] is not None else '–'}</td></tr>"
        for pair in pairs
    )
    head = "<tr><th>Pair</th><th>one way</th><th>other way</th><th>rose in epoch</th></tr>"
    return [heatmap, "<h2>Strongest pairs</h2>", f"<table>{head}{rows}</table>"]


def _classes(view: RunView) -> list[str]:
    try:
        classes = view.classes()
    except NotFound:
        return []
    noisy = any(row["corrupted_share"] is not None for row in classes)
    heads = ("accuracy", "target probability", "entropy", *(("wrong labels",) if noisy else ()))
    numbers = "".join(f'<th scope="col" class="num">{title}</th>' for title in heads)
    head = f'<tr><th scope="col">Class</th>{numbers}<th scope="col">Top partner</th></tr>'
    epoch = classes[0]["epoch"]
    return [
        f"<h2>Classes in epoch {epoch}, the hardest first</h2>",
        '<div class="all" tabindex="0" role="region" aria-label="All classes"><table>',
        f"<thead>{head}</thead><tbody>{''.join(_class_row(row, noisy) for row in classes)}",
        "</tbody></table></div>",
    ]


def _class_row(row: ClassRow, noisy: bool) -> str:
    cells = [percent(row["accuracy"]), percent(row["target"]), f"{row['entropy']:.3f} nats"]
    if noisy:
        cells.append(percent(row["corrupted_share"]))
    partner = " ".join(f"{escape(p['name'])} {percent(p['now'], 2)}" for p in row["partners"])
    numbers = "".join(f'<td class="num">{cell}</td>' for cell in cells)
    return f'<tr><th scope="row">{escape(row["name"])}</th>{numbers}<td>{partner}</td></tr>'


def _summary(run: RunDetail) -> str:
    rows = []
    for each in shown("compare"):
        entry = run["summary"].get(each.name)
        if entry and entry["last"] is not None:
            rows.append(
                f"<tr><td>{each.heading}</td><td>{each.text(entry['last'])}</td>"
                f"<td>{each.text(entry['best'])} in epoch {entry['best_epoch']}"
                f"{MARK if each.caveat('best') else ''}</td></tr>"
            )
    split = escape(str(run["eval_on"]))
    head = f"<tr><th>validated on {split}</th><th>last</th><th>best</th></tr>"
    note = f"<p>{MARK} The epoch was picked on the split that the number is measured on.</p>"
    return f"<table>{head}{''.join(rows)}</table>{note}"


def _spec(run: RunDetail) -> str:
    import json

    text = escape(json.dumps(run["spec"] or run["config"], indent=1, ensure_ascii=False))
    taken = precisions.taken(run)
    became = f"<p>Trained in {taken} (precision auto).</p>" if taken else ""
    return f"<h2>Spec</h2>{became}<pre>{text}</pre>"
