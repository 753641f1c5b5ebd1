"""Sample images of datasets: rendered by the first run that has the data, shared by all others.

A logged run sends its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from backend.store.class_facts import ClassFacts
from backend.store.errors import NotFound, Unfit
from backend.store.image_strips import read_strip
from backend.store.tables import Run, SampleRow, SampleSet
from backend.store.upsert import insert_new, upsert
from ols.training.epoch_report import ClassSamples

# Fields of a dataset's spec that change no image of it.
_INDIFFERENT = ("workers", "crop")


class NoSamples(NotFound):
    """Nobody has rendered the dataset's images yet."""


@dataclass(frozen=True)
class SampleFacts:
    """`version` changes with any picture."""

    key: str
    version: str
    classes: int
    per_class: int
    size: int


def key_of(spec: Mapping[str, Any]) -> str:
    """The name of a run's dataset: its kind, size and seed, whatever else the run does."""
    dataset = {k: v for k, v in spec["dataset"].items() if k not in _INDIFFERENT}
    return hashlib.sha256(json.dumps(dataset, sort_keys=True).encode()).hexdigest()[:16]


def wanted(session: Session, spec: Mapping[str, Any]) -> bool:
    """Whether nobody has rendered this dataset's samples yet."""
    query = select(SampleSet.key).where(SampleSet.key == key_of(spec))
    return session.scalar(query) is None


def record(
    session: Session, spec: Mapping[str, Any], classes: Sequence[str], samples: ClassSamples
) -> None:
    """Stores them, unless another run was quicker."""
    digest = hashlib.sha256()
    for row in samples.rows:
        digest.update(row)
    key = key_of(spec)
    facts = {"key": key, "version": digest.hexdigest()[:16], "classes": list(classes)}
    # Runs on the same data may come to this at the same moment.
    if not insert_new(
        session, SampleSet, {**facts, "per_class": samples.per_class, "size": samples.size}
    ):
        return
    rows = [{"key": key, "number": n, "data": data} for n, data in enumerate(samples.rows)]
    session.execute(insert(SampleRow), rows)


def forget_other_classes(session: Session, spec: Mapping[str, Any], classes: Sequence[str]) -> None:
    """Drops samples of a folder whose classes have changed since; the next run renders anew."""
    key = key_of(spec)
    stored = session.scalar(select(SampleSet.classes).where(SampleSet.key == key))
    if stored is not None and stored != list(classes):
        session.execute(delete(SampleSet).where(SampleSet.key == key))


def facts(session: Session, run_id: int, named: ClassFacts) -> SampleFacts:
    """Of the run's dataset, or its own. Raises NoSamples where there are none of its classes."""
    run = session.execute(select(Run.spec, Run.uid).where(Run.id == run_id)).one_or_none()
    columns = (SampleSet.key, SampleSet.version, SampleSet.classes)
    query = select(*columns, SampleSet.per_class, SampleSet.size)
    key = "" if run is None else key_of(run.spec) if run.spec else own_key(run.uid)
    row = session.execute(query.where(SampleSet.key == key)).one_or_none()
    if row is None or tuple(row.classes) != named.classes:
        when = "a worker has loaded its dataset" if run and run.spec else "its loop has sent them"
        raise NoSamples(f"Run {run_id} has no sample images: they come when {when}.")
    return SampleFacts(row.key, row.version, len(row.classes), row.per_class, row.size)


def complete(session: Session, about: SampleFacts) -> bool:
    """Whether every class has its picture; a loop sends them one by one."""
    query = select(func.count()).select_from(SampleRow).where(SampleRow.key == about.key)
    return session.scalar(query) == about.classes


def own_key(uid: str) -> str:
    """The name of a logged run's own images."""
    return hashlib.sha256(f"run {uid}".encode()).hexdigest()[:16]


def record_strip(session: Session, run: Run, number: int, data: bytes) -> str:
    """Stores the picture of one class of a logged run, in place of an earlier one; the version.

    Raises Unfit for what is no picture, and where its tiles are not those of the other classes.
    """
    classes = list(run.classes or [])
    if number >= len(classes):
        raise Unfit(
            "class", f"the run named {len(classes)} classes when it began, so none is {number}"
        )
    try:
        strip = read_strip(data)
    except ValueError as error:
        raise Unfit("body", f"the picture {error}") from None
    key = own_key(run.uid)
    others = select(func.count()).select_from(SampleRow)
    others = others.where(SampleRow.key == key, SampleRow.number != number)
    stored = session.get(SampleSet, key)
    tiles = {"per_class": strip.tiles, "size": strip.size}
    if stored is None:
        stored = SampleSet(key=key, version="", classes=classes, **tiles)
        session.add(stored)
    elif (stored.per_class, stored.size) != (strip.tiles, strip.size):
        if session.scalar(others):
            raise Unfit(
                "body",
                f"the picture has {strip.tiles} tiles of {strip.size} pixels; those of the other "
                f"classes have {stored.per_class} of {stored.size}",
            )
        stored.per_class, stored.size = strip.tiles, strip.size
    digest = hashlib.sha256(f"{stored.version} {number} ".encode() + data)
    stored.version = digest.hexdigest()[:16]
    session.flush()
    upsert(session, SampleRow, [{"key": key, "number": number, "data": data}])
    return stored.version


def forget_own(session: Session, uids: Sequence[str]) -> None:
    """Of logged runs that are purged."""
    session.execute(delete(SampleSet).where(SampleSet.key.in_(map(own_key, uids))))


def picture(session: Session, about: SampleFacts, number: int) -> bytes:
    """A class's tiles side by side, WebP. Raises NotFound."""
    query = select(SampleRow.data).where(SampleRow.key == about.key, SampleRow.number == number)
    data = session.scalar(query)
    if data is None:
        raise NotFound(f"There are {about.classes} classes, so none is number {number}.")
    return data
