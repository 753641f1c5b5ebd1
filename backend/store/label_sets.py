"""Label sets: what somebody decided on a dataset's training labels, under a name, in versions.

A version never changes; a run trains on the one that was newest when it was submitted. A decision
that a version repeats keeps who made it and when.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, undefer

from backend.schemas.audit import LabelSetAnswer, LabelSetVersion
from backend.store.errors import NotFound, Unfit
from backend.store.jsonable import iso
from backend.store.tables import LabelSet
from backend.store.upsert import insert_new
from ols.spec.run_spec import RunSpec


def put(
    session: Session, name: str, dataset: str, decisions: Mapping[int, int | None], by: str
) -> LabelSetAnswer:
    """A new version, with exactly these decisions: number -> class, or None to drop the sample.

    Raises Unfit where earlier versions are of another dataset.
    """
    last = _newest(session, name)
    if last is not None and last.dataset != dataset:
        raise Unfit("dataset", f"label set {name!r} is of {last.dataset}; choose another name")
    known = {number: (label, *rest) for number, label, *rest in last.decisions} if last else {}
    now = iso(datetime.now(UTC))
    rows: list[list[Any]] = []
    for number, label in sorted(decisions.items()):
        before = known.get(number)
        rows.append([number, *(before if before and before[0] == label else (label, by, now))])
    version = 1 if last is None else last.version + 1
    row = {
        "name": name,
        "version": version,
        "dataset": dataset,
        "hash": _hash(decisions),
        "decisions": rows,
        "count": len(rows),
        "created_at": datetime.now(UTC),
    }
    if not insert_new(session, LabelSet, row):
        raise Unfit("decisions", "somebody saved this label set at the same moment; try again")
    return get(session, name, version)


def get(session: Session, name: str, version: int | None = None) -> LabelSetAnswer:
    """A version, the newest by default. Raises NotFound."""
    row = _newest(session, name, version)
    if row is None:
        which = f"label set {name!r}" + ("" if version is None else f", version {version}")
        raise NotFound(f"There is no {which}.")
    decisions = row.decisions
    return {
        **_facts(row),
        "decisions": [
            {"number": number, "label": label, "by": by, "at": at}
            for number, label, by, at in decisions
        ],
    }


def listing(session: Session, dataset: str = "") -> list[LabelSetVersion]:
    """The newest version of each, by name."""
    newest = select(LabelSet.name, func.max(LabelSet.version).label("version"))
    newest = newest.group_by(LabelSet.name)
    if dataset:
        newest = newest.where(LabelSet.dataset == dataset)
    last = newest.subquery()
    query = select(LabelSet).join(
        last, (LabelSet.name == last.c.name) & (LabelSet.version == last.c.version)
    )
    return [_facts(row) for row in session.scalars(query.order_by(LabelSet.name))]


def decided(session: Session, name: str, version: int | None = None) -> dict[int, int | None]:
    """Number -> class, or None to drop; empty where there is no such set."""
    row = _newest(session, name, version)
    return {} if row is None else {number: label for number, label, *_ in row.decisions}


def pinned(session: Session, specs: Sequence[RunSpec]) -> list[RunSpec]:
    """The specs of runs that are submitted, each with the version of its label set that it trains
    on: the newest, or the one it names. Raises Unfit where there is none, or of another dataset."""
    asked = {(spec.labels.set, spec.labels.version) for spec in specs if spec.labels.set}
    rows = {one: session.scalar(_named(one[0], one[1] or None)) for one in asked}
    return [
        _pinned(spec, rows[spec.labels.set, spec.labels.version]) if spec.labels.set else spec
        for spec in specs
    ]


def _pinned(spec: RunSpec, row: LabelSet | None) -> RunSpec:
    asked, dataset = spec.labels, spec.dataset.name
    if row is None:
        version = f", version {asked.version}" if asked.version else ""
        raise Unfit("spec.labels.set", f"there is no label set {asked.set!r}{version}")
    if row.dataset != dataset:
        words = f"{asked.set!r} has decisions on {row.dataset}, not on {dataset}"
        raise Unfit("spec.labels.set", words)
    if asked.hash and asked.hash != row.hash:
        raise Unfit("spec.labels.hash", f"version {row.version} of {asked.set!r} has another hash")
    labels = asked.model_copy(update={"version": row.version, "hash": row.hash})
    return spec.model_copy(update={"labels": labels})


def _newest(session: Session, name: str, version: int | None = None) -> LabelSet | None:
    """With its decisions, or that of this version."""
    return session.scalar(_named(name, version).options(undefer(LabelSet.decisions)))


def _named(name: str, version: int | None) -> Select[LabelSet]:
    """The same without its decisions."""
    query = select(LabelSet).where(LabelSet.name == name)
    if version is not None:
        query = query.where(LabelSet.version == version)
    return query.order_by(LabelSet.version.desc()).limit(1)


def _facts(row: LabelSet) -> LabelSetVersion:
    return {
        "name": row.name,
        "version": row.version,
        "dataset": row.dataset,
        "hash": row.hash,
        "count": row.count,
        "created_at": iso(row.created_at) or "",
    }


def _hash(decisions: Mapping[int, int | None]) -> str:
    return hashlib.sha256(json.dumps(sorted(decisions.items())).encode()).hexdigest()[:16]
