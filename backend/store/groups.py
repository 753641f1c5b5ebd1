"""Runs grouped by fields of their specs: how many, and mean and deviation of their metrics.

    groups(session, RunQuery(), ["method.name", "noise.rate"], ["val_top1.last", "val_ece.last"])

One query, whatever the number of runs. A run that lacks a field stands in the group where it is
None; a run without a metric counts in `runs`, not in that metric's `n`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from backend.core.run_states import RunState
from backend.schemas.groups import GroupMetric, RunGroup
from backend.store.conditions import as_number, path_of, target_of
from backend.store.listing import RunQuery, condition
from backend.store.tables import Run, RunField, RunMetric
from ols.spec.fields import fields_by_path

MOST_PATHS = 6
MOST_METRICS = 8
MOST_GROUPS = 1000

_ROUNDING = 1e-13  # of a sum of squares

_ALIVE = Run.deleted_at.is_(None)
# Fields that a run's own row repeats need no second table.
_OWN: dict[str, InstrumentedAttribute[Any]] = {
    "method.name": Run.method,
    "dataset.name": Run.dataset,
    "model.name": Run.model,
    "noise.rate": Run.noise_rate,
    "epochs": Run.epochs,
    "owner": Run.owner,
}


def groups(
    session: Session, query: RunQuery, paths: Sequence[str], metrics: Sequence[str]
) -> list[RunGroup]:
    """At most MOST_GROUPS, in the order of their values, or as `query.sort` says."""
    keys, aggregates = [], []
    statement = select().select_from(Run)
    for index, path in enumerate(paths):
        key: ColumnElement[Any] | InstrumentedAttribute[Any]
        if path in _OWN:
            key = _OWN[path]
        else:
            field = aliased(RunField)
            here = (field.run_id == Run.id) & (field.path == path)
            statement = statement.outerjoin(field, here)
            key = field.number if _numeric(path) else field.text
        keys.append(key.label(f"key_{index}"))
    tables: dict[str, Any] = {}  # last and best of one metric stand in one row
    for index, target in enumerate(metrics):
        name, which = target.rsplit(".", 1)
        metric = tables.get(name)
        if metric is None:
            metric = tables[name] = aliased(RunMetric)
            here = (metric.run_id == Run.id) & (metric.name == name)
            statement = statement.outerjoin(metric, here)
        value = metric.last if which == "last" else metric.best
        aggregates += [
            func.count(value).label(f"n_{index}"),
            func.avg(value).label(f"mean_{index}"),
            func.sum(value * value).label(f"squares_{index}"),
        ]
    finished = func.sum(case((Run.state == RunState.FINISHED, 1), else_=0)).label("finished")
    statement = (
        statement.add_columns(*keys, func.count().label("runs"), finished, *aggregates)
        .where(_ALIVE, *condition(query))
        .group_by(*keys)
        .limit(MOST_GROUPS)
    )
    groups = [_group(row, paths, metrics) for row in session.execute(statement)]
    return _ordered(groups, query.sort)


def _group(row: Row[Any], paths: Sequence[str], metrics: Sequence[str]) -> RunGroup:
    facts = row._asdict()
    values = {path: _plain(path, facts[f"key_{i}"]) for i, path in enumerate(paths)}
    return {
        "values": values,
        "runs": facts["runs"],
        "finished": facts["finished"],
        "where": [f"{target_of(path)}={_written(value)}" for path, value in values.items()],
        "metrics": {target: _moments(facts, i) for i, target in enumerate(metrics)},
    }


def _moments(facts: Mapping[str, Any], index: int) -> GroupMetric:
    n, mean, squares = (facts[f"{name}_{index}"] for name in ("n", "mean", "squares"))
    if n < 2:
        return {"mean": mean, "std": None, "n": n}
    spread = squares - n * mean * mean
    # Of equal values rounding alone is left, which is not to be shown as their deviation.
    std = math.sqrt(spread / (n - 1)) if spread > _ROUNDING * squares else 0.0
    return {"mean": mean, "std": std, "n": n}


def _numeric(path: str) -> bool:
    field = fields_by_path().get(path)
    return field is not None and field.numeric


def _plain(path: str, value: Any) -> Any:
    """A whole number is written as one; a config's field is grouped by its text; a logged run that
    named no method has none."""
    if path.startswith("config.") and value is not None:
        value = as_number(value) if as_number(value) is not None else value
    elif value == "":
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _written(value: Any) -> str:
    return "null" if value is None else str(value)


def _ordered(groups: list[RunGroup], sort: str) -> list[RunGroup]:
    """By the values; a metric or a field of the groups that `sort` names comes first."""
    groups.sort(key=lambda group: [_rank(value) for value in group["values"].values()])
    name, down = sort.removeprefix("-"), sort.startswith("-")
    path = path_of(name)
    with_value = [group for group in groups if _sort_value(group, name, path) is not None]
    if name == "id" or not with_value:
        return groups
    with_value.sort(key=lambda group: _rank(_sort_value(group, name, path)), reverse=down)
    return with_value + [group for group in groups if _sort_value(group, name, path) is None]


def _sort_value(group: RunGroup, name: str, path: str) -> Any:
    if name in group["metrics"]:
        return group["metrics"][name]["mean"]
    return group["values"].get(path)


def _rank(value: Any) -> tuple[int, float, str]:
    """Numbers, then texts, then what is not there."""
    if value is None:
        return (2, 0.0, "")
    return (0, float(value), "") if isinstance(value, int | float) else (1, 0.0, str(value))
