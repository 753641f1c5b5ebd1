"""Sample images of datasets: rendered by the first run that has the data, shared by all others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from backend.store.class_facts import ClassFacts
from backend.store.errors import NotFound
from backend.store.tables import Run, SampleRow, SampleSet
from backend.store.upsert import insert_new
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
    """Of the run's dataset. Raises NoSamples where there are none of its classes."""
    spec = session.scalar(select(Run.spec).where(Run.id == run_id))
    columns = (SampleSet.key, SampleSet.version, SampleSet.classes)
    query = select(*columns, SampleSet.per_class, SampleSet.size)
    row = session.execute(query.where(SampleSet.key == key_of(spec or {}))).one_or_none()
    if row is None or tuple(row.classes) != named.classes:
        raise NoSamples(
            f"Run {run_id} has no sample images: they come when a worker has loaded its dataset."
        )
    return SampleFacts(row.key, row.version, len(row.classes), row.per_class, row.size)


def picture(session: Session, found: SampleFacts, number: int) -> bytes:
    """A class's tiles side by side, WebP. Raises NotFound."""
    query = select(SampleRow.data).where(SampleRow.key == found.key, SampleRow.number == number)
    data = session.scalar(query)
    if data is None:
        raise NotFound(f"There are {found.classes} classes, so none is number {number}.")
    return data
