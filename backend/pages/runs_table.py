"""The runs table as its URL says: filters, order, columns, groups; and links that change one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query
from pydantic import AfterValidator

from backend.analysis.columns import title_of_target
from backend.api.groups import group_paths
from backend.api.params import Text, split
from backend.core.run_states import OPEN, RunState
from backend.pages.contexts.base import Column, Option
from backend.pages.contexts.runs import Filters
from backend.store.conditions import is_target
from backend.store.groups import MOST_PATHS
from backend.store.listing import RunQuery
from backend.store.metrics import ORDER
from ols.spec.fields import fields_by_path, spec_fields

MOST_COLUMNS = 20

# name -> title, CSS class, explanation, name of the sort (empty: not sortable)
BUILT_IN = {
    "state": ("State", "c-state", "", "state"),
    "name": ("Name", "c-name", "", "name"),
    "method": ("Method", "c-method", "", "method"),
    "dataset": ("Data", "c-data", "The dataset, and the split that val is measured on", "dataset"),
    "noise_rate": ("Noise", "c-noise num", "Share of wrong training labels", "noise_rate"),
    "val_top1_best": ("Best val", "c-best num", "Best val top-1 of all epochs", "val_top1_best"),
    "val_top1_last": ("Last val", "c-last num", "Val top-1 of the last epoch", "val_top1_last"),
    "val_ece": (
        "ECE",
        "c-ece num",
        "Val expected calibration error of the last epoch",
        "val_ece.last",
    ),
    "curve": ("Val top-1", "c-spark", "Over the epochs, 0 to 100%", ""),
    "created_at": ("Created", "c-created", "", "created_at"),
}
_FIXED = ("state", "name")  # a row without them could not be told from another
_GROUPED = (
    *("method.name", "dataset.name", "model.name", "noise.rate"),
    *("method.alpha", "epochs", "optimizer.lr", "batch_size"),
)
_UP_FIRST = ("state", "name", "method", "dataset")

VIEWS = (
    ("Everything", ""),
    ("At work", f"state={','.join(OPEN)}"),
    ("Failed", f"state={RunState.FAILED}"),
    ("Pinned", "pinned=true"),
    ("Best accuracy first", "sort=-val_top1_best"),
    (
        "Calibration",
        "columns=method,dataset,noise_rate,val_top1_last,val_ece.last,val_nll.last&sort=val_ece.last",
    ),
    ("Means by method and noise", "group=method.name,dataset.name,noise.rate"),
    ("Means by network", "group=dataset.name,model.name,method.name"),
)


def _columns(text: str) -> str:
    names = split(text)
    for name in names:
        if name not in BUILT_IN and not is_target(name):
            raise ValueError(
                f"{name[:40]!r} is no column: use {', '.join(BUILT_IN)}, a field like "
                "spec.method.alpha or a metric like val_ece.last"
            )
    if len(names) > MOST_COLUMNS:
        raise ValueError(f"{len(names)} columns; at most {MOST_COLUMNS}")
    return text


def _group(text: str) -> str:
    group_paths(text)
    return text


@dataclass(frozen=True)
class Shape:
    """Which columns the table has, and what its runs are grouped by."""

    columns: tuple[str, ...] = ()  # none: the usual ones
    group: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """All columns, state and name among them."""
        if not self.columns:
            return tuple(BUILT_IN)
        return _FIXED + tuple(name for name in self.columns if name not in _FIXED)

    @property
    def metrics(self) -> list[str]:
        """The metrics among the columns, for groups."""
        return [n for n in self.columns if n not in BUILT_IN and not n.startswith("spec.")]


async def _shape(
    columns: Annotated[
        list[Annotated[Text, AfterValidator(_columns)]] | None,
        Query(description="Columns: names, fields, metrics; comma-separated or repeated."),
    ] = None,
    group: Annotated[
        list[Annotated[Text, AfterValidator(_group)]] | None,
        Query(description="Fields: method.name,noise.rate; comma-separated or repeated."),
    ] = None,
) -> Shape:
    names = dict.fromkeys(part for text in columns or () for part in split(text))
    paths = dict.fromkeys(path for text in group or () for path in group_paths(text))
    return Shape(tuple(names)[:MOST_COLUMNS], tuple(paths)[:MOST_PATHS])


RunShape = Annotated[Shape, Depends(_shape)]


def pairs(query: RunQuery, shape: Shape, **changes: str | None) -> list[tuple[str, str]]:
    """What the URL says, with `changes`; `tag`, `where` and `experiment` may come several times."""
    values = {
        "q": query.q,
        "state": ",".join(query.states),
        "method": ",".join(query.methods),
        "dataset": ",".join(query.datasets),
        "archived": "true" if query.archived else "",
        "pinned": "" if query.pinned is None else str(query.pinned).lower(),
        "columns": ",".join(shape.columns),
        "group": ",".join(shape.group),
        "sort": query.sort if query.sort != "-id" else "",
        "limit": str(query.limit) if query.limit != RunQuery.limit else "",
        **changes,
    }
    found = [(key, value) for key, value in values.items() if value]
    if "tag" not in changes:
        found += [("tag", tag) for tag in query.tags]
    if "experiment" not in changes:
        found += [("experiment", str(number)) for number in query.experiments]
    if "where" not in changes:
        found += [("where", str(condition)) for condition in query.where]
    return found


def href(found: Sequence[tuple[str, str]]) -> str:
    """The runs page's address."""
    return f"/?{urlencode(found)}" if found else "/"


def conclusions(query: RunQuery, shape: Shape) -> list[tuple[str, str]]:
    """Links to what can be concluded from the runs that match; a table keeps the groups' fields."""
    kept = [(name, value) for name, value in pairs(query, Shape(), sort="", limit="")]
    across = [path for path in shape.group if path.startswith("method.")]
    down = [path for path in shape.group if path not in across]
    laid_out = [*kept, *([("rows", ",".join(down))] if down else [])]
    laid_out += [("columns", ",".join(across))] if across else []
    return [
        ("Table", "/table" + (f"?{urlencode(laid_out)}" if laid_out else "")),
        ("Noise", "/noise" + (f"?{urlencode(kept)}" if kept else "")),
    ]


def filters(query: RunQuery, shape: Shape) -> Filters:
    """What the filter form shows; each condition with the address without it."""
    here = pairs(query, shape)
    loose = [
        *(("tag", tag) for tag in query.tags),
        *(("where", str(condition)) for condition in query.where),
        *(("experiment", str(number)) for number in query.experiments),
    ]
    return Filters(
        state=",".join(query.states),
        method=",".join(query.methods),
        dataset=",".join(query.datasets),
        q=query.q,
        archived=query.archived is True,
        pinned=query.pinned,
        sort=query.sort,
        active=any(
            (query.states, query.methods, query.datasets, query.tags, query.q, query.archived)
        )
        or query.pinned is not None
        or bool(loose),
        conditions=[(*one, href([other for other in here if other != one])) for one in loose],
        columns=",".join(shape.columns),
        group=",".join(shape.group),
    )


def columns(query: RunQuery, shape: Shape) -> list[Column]:
    """The table's heads."""
    return [_column(query, shape, name) for name in shape.shown]


def _column(query: RunQuery, shape: Shape, name: str) -> Column:
    if name in BUILT_IN:
        title, css, text, sort = BUILT_IN[name]
    else:
        title, text, sort = title_of_target(name), name, name
        field = fields_by_path().get(name.removeprefix("spec."))
        css = "c-more num" if field is None or field.numeric else "c-more"
    if not sort:
        return Column(name, title, "", "", css, text)
    current = query.sort.removeprefix("-") == sort
    down = query.sort.startswith("-")
    flip = not down if current else sort not in _UP_FIRST and not sort.startswith("spec.")
    order = ("descending" if down else "ascending") if current else ""
    link = href(pairs(query, shape, sort=("-" if flip else "") + sort))
    return Column(name, title, link, order, css, text)


def column_options() -> list[Option]:
    """The built-in columns that can be left out."""
    return [Option(name, BUILT_IN[name][0]) for name in BUILT_IN if name not in _FIXED]


def group_options() -> list[Option]:
    """The fields that one groups by most."""
    return [Option(path, title_of_target(f"spec.{path}")) for path in _GROUPED]


def targets() -> list[Option]:
    """What can be filtered, sorted and shown: every field, the metrics' last and best."""
    fields = [Option(f"spec.{field.path}", field.title) for field in spec_fields()]
    names = [f"{name}.{which}" for name in ORDER for which in ("last", "best")]
    return fields + [Option(name, title_of_target(name)) for name in names]


def usual_order(query: RunQuery) -> bool:
    """Newest first, from the beginning."""
    return query.sort == "-id" and not query.cursor
