"""Queries of matrices: which there are, one frame, one class over all epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store import frames
from backend.store.errors import NotFound
from backend.store.tables import Matrix
from ols.report import MATRIX_KINDS


@dataclass(frozen=True)
class Frame:
    """Encoded values: `data` holds an array of `shape` in `codec`."""

    data: bytes
    codec: str
    shape: tuple[int, int]
    version: str

    def decode(self) -> frames.Values:
        """The values, float32 or (counts) uint32."""
        return frames.decode(self.data, self.codec, self.shape)


@dataclass(frozen=True)
class Version:
    """One stored matrix, without its values."""

    epoch: int
    version: str
    k: int
    codec: str


def listing(session: Session, run_id: int) -> list[dict[str, Any]]:
    """`[{"kind", "epochs", "versions", "k"}]`, epochs ascending, kinds in their usual order."""
    rows = session.execute(
        select(Matrix.kind, Matrix.epoch, Matrix.version, Matrix.k)
        .where(Matrix.run_id == run_id)
        .order_by(Matrix.kind, Matrix.epoch)
    )
    found: dict[str, dict[str, Any]] = {}
    for kind, epoch, version, k in rows:
        entry = found.setdefault(kind, {"kind": kind, "epochs": [], "versions": [], "k": k})
        entry["epochs"].append(epoch)
        entry["versions"].append(version)
    return [found[kind] for kind in MATRIX_KINDS if kind in found]


def versions(session: Session, run_id: int, kind: str) -> list[Version]:
    """What is stored of one kind, epochs ascending."""
    rows = session.execute(
        select(Matrix.epoch, Matrix.version, Matrix.k, Matrix.codec)
        .where(Matrix.run_id == run_id, Matrix.kind == kind)
        .order_by(Matrix.epoch)
    )
    return [Version(*row) for row in rows]


def version(session: Session, run_id: int, kind: str, epoch: int) -> str | None:
    """The stored matrix's version, None when there is none."""
    return session.scalar(
        select(Matrix.version).where(
            Matrix.run_id == run_id, Matrix.kind == kind, Matrix.epoch == epoch
        )
    )


def newest(session: Session, run_id: int, kind: str, epoch: int | None = None) -> Version:
    """The stored matrix of `epoch`, or the last one's if None. Raises NotFound."""
    where = [Matrix.run_id == run_id, Matrix.kind == kind]
    if epoch is not None:
        where.append(Matrix.epoch == epoch)
    query = select(Matrix.epoch, Matrix.version, Matrix.k, Matrix.codec).where(*where)
    row = session.execute(query.order_by(Matrix.epoch.desc()).limit(1)).one_or_none()
    if row is None:
        which = "yet" if epoch is None else f"of epoch {epoch}"
        raise NotFound(f"Run {run_id} has no matrix {kind} {which}.")
    return Version(*row)


def frame(session: Session, run_id: int, kind: str, epoch: int, *, preview: bool = False) -> Frame:
    """One stored frame; with `preview` at most 256 x 256, max-pooled. Raises NotFound."""
    data = Matrix.preview if preview else Matrix.frame
    side = Matrix.preview_k if preview else Matrix.k
    where = (Matrix.run_id == run_id, Matrix.kind == kind, Matrix.epoch == epoch)
    row = session.execute(
        select(data, side, Matrix.codec, Matrix.version).where(*where)
    ).one_or_none()
    if row is None:
        raise NotFound(f"Run {run_id} has no matrix {kind} of epoch {epoch}.")
    stored, k, codec, name = row
    if stored is None:  # small matrices have no preview of their own
        return frame(session, run_id, kind, epoch)
    return Frame(stored, codec, (k or 0, k or 0), name)


def class_strip(session: Session, run_id: int, kind: str, row: int) -> tuple[Frame, list[int]]:
    """Row `row` of every epoch, encoded anew as (epochs, k), and the epochs. Raises NotFound."""
    query = (
        select(Matrix.epoch, Matrix.k, Matrix.codec, Matrix.frame)
        .where(Matrix.run_id == run_id, Matrix.kind == kind)
        .order_by(Matrix.epoch)
        .execution_options(yield_per=32)  # frames of 1,000 classes are some megabytes each
    )
    epochs, strips, codec = [], [], frames.U16LOG
    for epoch, k, codec, stored in session.execute(query):
        if row >= k:
            raise NotFound(f"Run {run_id} has {k} classes, so none is number {row}.")
        epochs.append(epoch)
        strips.append(frames.unpack(stored, codec, (k, k))[row])
    if not strips:
        raise NotFound(f"Run {run_id} has no matrices {kind}.")
    codes = np.stack(strips)
    data = frames.pack(codes)
    return Frame(data, codec, codes.shape, frames.version(data)), epochs
