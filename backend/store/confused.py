"""Validation images that were taken for another class: which, epoch by epoch, and their pictures.

A picture is kept once for all runs on its dataset, beside the dataset's sample images.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.schemas.images import ConfusedEpoch, ConfusedPair
from backend.store.errors import NotFound
from backend.store.samples import SampleFacts, key_of
from backend.store.tables import Epoch, Run, SampleImage, SampleSet
from backend.store.upsert import insert_missing
from ols.training.epoch_report import ConfusedPairs


def packed(found: ConfusedPairs | None) -> dict[str, Any] | None:
    """As an epoch keeps it; its pictures are kept by their dataset."""
    return None if found is None else {"part": found.part, "pairs": found.pairs.tolist()}


def record_pictures(session: Session, spec: Mapping[str, Any], found: ConfusedPairs | None) -> None:
    """Stores the new ones, unless the dataset has no sample images to stand beside."""
    if found is None or not found.pictures:
        return
    key = key_of(spec)
    if session.scalar(select(SampleSet.key).where(SampleSet.key == key)) is None:
        return
    this = {"key": key, "part": found.part}
    rows = [{**this, "number": n, "data": data} for n, data in found.pictures.items()]
    insert_missing(session, SampleImage, rows)


def pairs(
    session: Session,
    run_id: int,
    about: SampleFacts,
    *,
    epoch: int | None,
    row: int | None,
    limit: int,
) -> ConfusedEpoch:
    """Of the last epoch not later than `epoch`, and of class `row` alone where it is given; images
    without a picture are left out."""
    where = [Epoch.run_id == run_id, Epoch.confused.is_not(None)]
    if epoch is not None:
        where.append(Epoch.epoch <= epoch)
    query = select(Epoch.epoch, Epoch.confused).where(*where).order_by(Epoch.epoch.desc())
    found = session.execute(query.limit(1)).one_or_none()
    if found is None:
        return {"epoch": None, "part": None, "pairs": []}
    part = found.confused["part"]
    named = [pair for pair in found.confused["pairs"] if row is None or pair[0] == row][:limit]
    drawn = _drawn(session, about.key, part, [n for pair in named for n in pair[2:]])
    listed: list[ConfusedPair] = [
        {"a": a, "b": b, "images": [n for n in numbers if n in drawn]} for a, b, *numbers in named
    ]
    listed = [pair for pair in listed if pair["images"]]
    return {"epoch": found.epoch, "part": part, "pairs": listed}


def picture(session: Session, run_id: int, about: SampleFacts, number: int) -> bytes:
    """One image, WebP. Raises NotFound."""
    split = session.scalar(select(Run.spec["eval_on"].as_string()).where(Run.id == run_id))
    this = (about.key, "train" if split == "holdout" else "test", number)
    columns = (SampleImage.key, SampleImage.part, SampleImage.number)
    same = [column == value for column, value in zip(columns, this, strict=True)]
    data = session.scalar(select(SampleImage.data).where(*same))
    if data is None:
        raise NotFound(f"There is no picture of validation image {number}.")
    return data


def _drawn(session: Session, key: str, part: str, numbers: Sequence[int]) -> set[int]:
    """Those of them that have a picture."""
    query = select(SampleImage.number).where(SampleImage.key == key, SampleImage.part == part)
    return set(session.scalars(query.where(SampleImage.number.in_(set(numbers)))))
