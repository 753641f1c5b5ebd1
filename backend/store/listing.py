"""How a list of runs is filtered, sorted and cut into pages by cursor.

A cursor names the last row of a page by its sort value and id, so that runs which come or go
between two pages shift nothing. Null sort values come last in both directions.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, TypeAdapter
from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased, outerjoin

from backend.store.conditions import RENAMED, Condition, is_field, is_target, path_of
from backend.store.errors import BadCursor
from backend.store.folding import fold
from backend.store.jsonable import iso
from backend.store.tables import Run, RunField, RunMetric, RunTag, RunText, largest
from ols.spec.fields import fields_by_path

SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "id": Run.id,
    "created_at": Run.created_at,
    "name": RunText.name,
    "owner": Run.owner,
    "state": Run.state,
    "method": Run.method,
    "dataset": Run.dataset,
    "noise_rate": Run.noise_rate,
    "epochs": Run.epochs,
}

_SORT_VALUE = "sort_value"  # label of what a row was sorted by


def sort_name(text: str) -> str | None:
    """A column of SORTS, a field or a metric, with or without a minus; None for anything else."""
    down, name = "-" * text.startswith("-"), text.removeprefix("-")
    name = RENAMED.get(name, name)
    return down + name if name in SORTS or is_target(name) else None


@dataclass(frozen=True)
class RunQuery:
    """What a list shows. Several values of one filter mean any of them."""

    states: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    experiments: tuple[int, ...] = ()
    where: tuple[Condition, ...] = ()  # all of them hold
    q: str = ""  # part of the name, the notes or a tag; `#12` or `12`: also the run's number
    archived: bool | None = False  # None: both
    pinned: bool | None = None  # None: both
    sort: str = "-id"  # one of SORTS, a field or a metric (conditions.py); a minus sorts downwards
    limit: int = 100
    cursor: str | None = None


def condition(query: RunQuery) -> list[ColumnElement[bool]]:
    """The filters, to be joined by AND."""
    clauses: list[ColumnElement[bool]] = []
    for column, values in (
        (Run.state, query.states),
        (Run.method, query.methods),
        (Run.dataset, query.datasets),
        (Run.owner, query.owners),
    ):
        if values:
            clauses.append(column.in_(values))
    if query.tags:
        folded = [fold(tag) for tag in query.tags]
        clauses.append(Run.id.in_(select(RunTag.run_id).where(RunTag.folded.in_(folded))))
    if query.experiments:
        clauses.append(Run.experiment_id.in_(query.experiments))
    clauses += [condition.clause() for condition in query.where]
    if query.archived is not None:
        clauses.append(Run.archived.is_(query.archived))
    if query.pinned is not None:
        clauses.append(_pinned(Run) if query.pinned else Run.id.not_in(_PINNED_IDS))
    if query.q.strip():
        clauses.append(_matches(query.q.strip()))
    return clauses


def _pinned(run: type[Run]) -> ColumnElement[bool]:
    """As the index ix_runs_pinned says it, or SQLite would not take it."""
    return and_(run.deleted_at.is_(None), run.pinned == true())


# They are few, and an index has them: reading `pinned` of every other row would cost more.
_any_run = aliased(Run)
_PINNED_IDS = select(_any_run.id).where(_pinned(_any_run)).scalar_subquery()


def _matches(text: str) -> ColumnElement[bool]:
    holds = RunText.text.contains(fold(text), autoescape=True)
    options: list[ColumnElement[bool]] = [Run.id.in_(select(RunText.run_id).where(holds))]
    number = text.removeprefix("#")
    if number.isascii() and number.isdecimal() and len(number) < 10:  # what an id can be
        options.append(Run.id == int(number))
    return or_(*options)


def page_of(query: RunQuery) -> Select[tuple[int, Any]]:
    """Ids of the runs on the page that the query asks for, and of one more, in its order.

    Beside each stands what it was sorted by, nulls last; the cursor needs it.
    """
    order = _order(query)
    page = select(Run.id, order.column.label(_SORT_VALUE)).select_from(order.table)
    page = page.where(*condition(query))
    if query.cursor:
        page = page.where(_beyond_cursor(query, order))
    return page.order_by(*order.by()).limit(query.limit + 1)


@dataclass(frozen=True)
class _Order:
    """What a list is sorted by: a column of `table`, which is `runs` alone or joined to it."""

    column: Any
    down: bool
    table: Any = Run

    def by(self) -> list[ColumnElement[Any]]:
        """ORDER BY: nulls last, then the id."""
        if self.column is Run.id:
            return [Run.id.desc() if self.down else Run.id.asc()]
        if self.down:
            return [self.column.desc().nulls_last(), Run.id.desc()]
        return [self.column.asc().nulls_last(), Run.id.asc()]


def _order(query: RunQuery) -> _Order:
    name, down = query.sort.removeprefix("-"), query.sort.startswith("-")
    if name == "name":
        return _Order(RunText.name, down, outerjoin(Run, RunText, RunText.run_id == Run.id))
    if name in SORTS:
        return _Order(SORTS[name], down)
    # An alias: a condition may look into the same table.
    if is_field(name):
        path, leaf = path_of(name), aliased(RunField)
        field = fields_by_path().get(path)
        numeric = field.numeric if field is not None else path == name  # a config's: by number
        column = leaf.number if numeric else leaf.text
        on = and_(leaf.run_id == Run.id, leaf.path == path)
        return _Order(column, down, outerjoin(Run, leaf, on))
    metric, which = name.rsplit(".", 1)
    entry = aliased(RunMetric)
    on = and_(entry.run_id == Run.id, entry.name == metric)
    return _Order(entry.last if which == "last" else entry.best, down, outerjoin(Run, entry, on))


def _beyond_cursor(query: RunQuery, order: _Order) -> ColumnElement[bool]:
    """True for the rows behind the cursor's."""
    column, down = order.column, order.down
    value, last_id = _read_cursor(query, order)
    beyond_id = Run.id < last_id if down else Run.id > last_id
    if column is Run.id:
        return beyond_id
    if value is None:
        return and_(column.is_(None), beyond_id)
    beyond = column < value if down else column > value
    return or_(beyond, and_(column == value, beyond_id), column.is_(None))


def next_cursor(query: RunQuery, last: Row[Any]) -> str:
    """The cursor of the page that follows the row `last`."""
    value = last._mapping[_SORT_VALUE]
    if isinstance(value, datetime):
        value = iso(value)
    text = json.dumps([query.sort, value, last.id], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(query: RunQuery, order: _Order) -> tuple[Any, int]:
    column = order.column
    try:
        text = base64.urlsafe_b64decode(f"{query.cursor}==")
        sort, value, last_id = _CURSORS[column.type.python_type].validate_json(text, strict=True)
    except ValueError:
        sort = ""
    if sort_name(sort) != query.sort:
        raise BadCursor("not a cursor of this list in this order; start without one")
    return value, last_id


_Integer = Annotated[int, Field(ge=0, le=largest(Run.id))]
# By the sort value's type: order, value and id of a row, which every database can look up.
_CURSORS: dict[type, TypeAdapter[tuple[str, Any, int]]] = {
    kind: TypeAdapter(tuple[str, value | None, _Integer])  # type: ignore[valid-type]
    for kind, value in {
        int: _Integer,
        float: Annotated[float, Field(allow_inf_nan=False)],
        str: Annotated[str, Field(pattern=r"^[^\x00]*$")],
        datetime: Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC))],
    }.items()
}
