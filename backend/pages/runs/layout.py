"""How the runs table is laid out, as its address says: columns, groups, order; and links that
change one of them and keep the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query
from pydantic import AfterValidator

from backend.api.groups import group_paths
from backend.api.params import Text, split
from backend.pages.runs.columns import FIXED, Column, column_named, listed_columns
from backend.pages.shared.context import Head
from backend.schemas.runs import RunRow
from backend.server.addresses import url
from backend.store.conditions import is_field, is_target, target_of
from backend.store.groups import MOST_PATHS
from backend.store.listing import RunQuery
from backend.store.spec_paths import differences, tell_apart

MOST_COLUMNS = 20
MOST_TELLING = 2
_LISTED = ("method.name", "dataset", "noise", "eval_on", "version", "preset", "config")


@dataclass(frozen=True)
class Layout:
    """Which columns the table has, and what its runs are grouped by."""

    columns: tuple[str, ...] = ()  # none: all that are listed
    group: tuple[str, ...] = ()
    telling: tuple[str, ...] = ()  # fields that the shown runs differ in, beside what is listed

    @property
    def shown(self) -> list[Column]:
        """All columns, state and name among them."""
        if not self.columns:
            return _with_telling(list(listed_columns().values()), self.telling)
        return [column_named(name) for name in dict.fromkeys((*FIXED, *self.columns))]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns that may be left out."""
        return tuple(column.name for column in self.shown if column.name not in FIXED)

    @property
    def metrics(self) -> list[str]:
        """The metrics among the columns, for groups."""
        return [name for name in self.columns if is_target(name) and not is_field(name)]


def telling_fields(runs: Sequence[RunRow]) -> tuple[str, ...]:
    """Fields that tell these runs apart and that no listed column shows, the seed last: a name says
    it already. Of fields that only some methods have, those with several values."""
    rows = [
        row["path"]
        for row in differences(runs)
        if row["path"].split(".")[0] not in _LISTED
        and row["path"] not in _LISTED
        and tell_apart(row["values"])
    ]
    rows.sort(key=lambda path: path == "seed")
    return tuple(map(target_of, rows[:MOST_TELLING]))


def _with_telling(columns: list[Column], telling: Sequence[str]) -> list[Column]:
    """Behind what says what the run is, before its results."""
    names = [column.name for column in columns]
    place = names.index("noise_rate") + 1
    added = [column_named(target) for target in telling]
    short = [replace(column, title=column.title.split(": ")[-1]) for column in added]
    return [*columns[:place], *short, *columns[place:]]


def _column_names(text: str) -> str:
    names = [column_named(name).name for name in split(text)]
    if len(names) > MOST_COLUMNS:
        raise ValueError(f"{len(names)} columns; at most {MOST_COLUMNS}")
    return ",".join(names)


def _group_paths(text: str) -> str:
    group_paths(text)
    return text


async def _layout(
    columns: Annotated[
        list[Annotated[Text, AfterValidator(_column_names)]] | None,
        Query(description="Columns: names, fields, metrics; comma-separated or repeated."),
    ] = None,
    group: Annotated[
        list[Annotated[Text, AfterValidator(_group_paths)]] | None,
        Query(description="Fields: method.name,noise.rate; comma-separated or repeated."),
    ] = None,
) -> Layout:
    names = dict.fromkeys(part for text in columns or () for part in split(text))
    paths = dict.fromkeys(path for text in group or () for path in group_paths(text))
    return Layout(tuple(names)[:MOST_COLUMNS], tuple(paths)[:MOST_PATHS])


RunLayout = Annotated[Layout, Depends(_layout)]


def parameters(query: RunQuery, layout: Layout, **changes: str | None) -> list[tuple[str, str]]:
    """What the address says, with `changes`; `tag`, `where` and `experiment` may come several
    times."""
    values = {
        "q": query.q,
        "state": ",".join(query.states),
        "method": ",".join(query.methods),
        "dataset": ",".join(query.datasets),
        "owner": ",".join(query.owners),
        "archived": "true" if query.archived else "",
        "pinned": "" if query.pinned is None else str(query.pinned).lower(),
        "columns": ",".join(layout.columns),
        "group": ",".join(layout.group),
        "sort": query.sort if query.sort != "-id" else "",
        "limit": str(query.limit) if query.limit != RunQuery.limit else "",
        **changes,
    }
    pairs = [(key, value) for key, value in values.items() if value]
    if "tag" not in changes:
        pairs += [("tag", tag) for tag in query.tags]
    if "experiment" not in changes:
        pairs += [("experiment", str(number)) for number in query.experiments]
    if "where" not in changes:
        pairs += [("where", str(condition)) for condition in query.where]
    return pairs


def href(pairs: Sequence[tuple[str, str]]) -> str:
    """The runs page's address."""
    return url(f"/?{urlencode(pairs)}" if pairs else "/")


def heads(query: RunQuery, layout: Layout) -> list[Head]:
    """The table's heads: a click sorts, a second one turns the order round."""
    return [_head(query, layout, column) for column in layout.shown]


def _head(query: RunQuery, layout: Layout, column: Column) -> Head:
    if not column.sortable:
        return Head(column.name, column.title, "", "", column.css, column.help)
    current, down = query.sort.removeprefix("-") == column.name, query.sort.startswith("-")
    next_down = not down if current else column.largest_first
    order = ("descending" if down else "ascending") if current else ""
    link = href(parameters(query, layout, sort=("-" if next_down else "") + column.name))
    return Head(column.name, column.title, link, order, column.css, column.help)


def conclusions(query: RunQuery, layout: Layout) -> list[tuple[str, str]]:
    """Links to what can be concluded from the runs that match; a table keeps the groups' fields."""
    kept = parameters(query, Layout(), sort="", limit="")
    across = [path for path in layout.group if path.startswith("method.")]
    down = [path for path in layout.group if path not in across]
    laid_out = [*kept, *([("rows", ",".join(down))] if down else [])]
    laid_out += [("columns", ",".join(across))] if across else []
    return [
        ("Table", url("/table") + (f"?{urlencode(laid_out)}" if laid_out else "")),
        ("Noise", url("/noise") + (f"?{urlencode(kept)}" if kept else "")),
    ]


def export_address(query: RunQuery) -> str:
    """All runs that match with all their fields and metrics, as a file."""
    kept = parameters(query, Layout(), limit="")
    return url("/api/runs.csv") + (f"?{urlencode(kept)}" if kept else "")


def usual_order(query: RunQuery) -> bool:
    """Newest first, from the beginning."""
    return query.sort == "-id" and not query.cursor
