"""All runs that a filter finds as rows of a table: what is exported of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.core.spreadsheets import safe_cell
from backend.store.conditions import is_field, path_of, target_of
from backend.store.database import Database
from backend.store.jsonable import iso
from backend.store.listing import RunQuery, condition, page_of
from backend.store.spec_paths import leaves
from backend.store.tables import Run, RunField, RunMetric, RunTag
from ols.spec.fields import fields_by_path
from ols.spec.metrics import in_order

Reader = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]  # of a run and its fields

_JSON = json.JSONEncoder(ensure_ascii=False)
_NOTHING: Mapping[str, Any] = {}
_MOST = 1_000_000  # runs of one file
_BATCH = 500  # read at a time, so that no transaction is open while a slow client reads

# Beside these: every field, and the last and best of every metric.
FACTS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "id": lambda run: run["id"],
    "name": lambda run: run["name"],
    "source": lambda run: run["source"],
    "state": lambda run: run["state"],
    "tags": lambda run: ", ".join(run["tags"]),
    "notes": lambda run: run["notes"],
    "owner": lambda run: run["owner"],
    "created_at": lambda run: iso(run["created_at"]),
    "started_at": lambda run: iso(run["started_at"]),
    "finished_at": lambda run: iso(run["finished_at"]),
}
# Columns of the runs table that are facts of a run's own row.
OF_TABLE: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    name: lambda run, name=name: run[name]  # type: ignore[misc]
    for name in ("method", "dataset", "model", "noise_rate", "epochs")
}
_COLUMNS = (
    Run.id, Run.owner, Run.name, Run.source, Run.state, Run.notes, Run.created_at, Run.started_at,
    Run.finished_at, Run.spec, Run.config, Run.method, Run.dataset, Run.model, Run.noise_rate,
    Run.epochs, Run.summary,
)  # fmt: skip


def all_columns(session: Session, query: RunQuery) -> list[str]:
    """The facts, and every field and metric that one of the runs has."""
    runs = select(Run.id).where(Run.deleted_at.is_(None), *condition(query)).scalar_subquery()
    paths = set(session.scalars(select(RunField.path).where(RunField.run_id.in_(runs)).distinct()))
    names = session.scalars(select(RunMetric.name).where(RunMetric.run_id.in_(runs)).distinct())
    order = {path: place for place, path in enumerate(fields_by_path())}
    fields = sorted(paths, key=lambda path: (order.get(path, len(order)), path))
    metrics = [f"{name}.{which}" for name in in_order(names) for which in ("last", "best")]
    return [*FACTS, *OF_TABLE, *map(target_of, fields), *metrics]


def rows(database: Database, query: RunQuery, columns: Sequence[str]) -> Iterator[list[str]]:
    """The cells of each run, in the query's order, whatever page it asks for."""
    whole = replace(query, limit=_MOST, cursor=None)
    with database.read() as session:
        in_order = session.execute(page_of(whole).where(Run.deleted_at.is_(None))).all()
        ids = [row.id for row in in_order]
    readers = [_reader(column) for column in columns]
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        with database.read() as session:
            by_id = _read(session, batch)
        yield from (_cells(by_id[run_id], readers) for run_id in batch if run_id in by_id)


def _read(session: Session, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    query = select(*_COLUMNS).where(Run.id.in_(ids))
    by_id = {row.id: {**row._mapping, "tags": []} for row in session.execute(query)}
    tags = select(RunTag.run_id, RunTag.tag).where(RunTag.run_id.in_(ids)).order_by(RunTag.tag)
    for run_id, tag in session.execute(tags):
        if run_id in by_id:
            by_id[run_id]["tags"].append(tag)
    return by_id


def _reader(column: str) -> Reader:
    """How a column is read from a run and its fields: found out once, not for every cell."""
    if fact := FACTS.get(column) or OF_TABLE.get(column):
        return lambda run, fields: fact(run)
    if is_field(column):
        path = path_of(column)
        return lambda run, fields: fields.get(path)
    name, _, which = column.rpartition(".")
    return lambda run, fields: run["summary"].get(name, _NOTHING).get(which)


def _cells(run: Mapping[str, Any], readers: Sequence[Reader]) -> list[str]:
    fields = {path[:100]: value for path, value in leaves(run)}  # as their index names them
    return [_cell(read(run, fields)) for read in readers]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_cell(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    return _JSON.encode(value)  # true, lists
