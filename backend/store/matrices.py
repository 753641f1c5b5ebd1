"""Queries of matrices: which there are, and whole frames. Rows alone: matrix_rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store import bands, frames
from backend.store.errors import NotFound
from backend.store.tables import Matrix, MatrixBand
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
    band_rows: int


_VERSION = (Matrix.epoch, Matrix.version, Matrix.k, Matrix.codec, Matrix.band_rows)


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
        select(*_VERSION).where(Matrix.run_id == run_id, Matrix.kind == kind).order_by(Matrix.epoch)
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
    """The last stored matrix, none later than `epoch` if that is given. Raises NotFound."""
    where = [Matrix.run_id == run_id, Matrix.kind == kind]
    if epoch is not None:
        where.append(Matrix.epoch <= epoch)
    query = select(*_VERSION).where(*where)
    row = session.execute(query.order_by(Matrix.epoch.desc()).limit(1)).one_or_none()
    if row is None:
        which = "yet" if epoch is None else f"of epoch {epoch} or before"
        raise NotFound(f"Run {run_id} has no matrix {kind} {which}.")
    return Version(*row)


def frame(session: Session, run_id: int, kind: str, epoch: int, *, preview: bool = False) -> Frame:
    """One stored frame; with `preview` at most 256 x 256, max-pooled. Raises NotFound."""
    where = (Matrix.run_id == run_id, Matrix.kind == kind, Matrix.epoch == epoch)
    facts = select(Matrix.k, Matrix.codec, Matrix.version, Matrix.crc, Matrix.preview_k)
    row = session.execute(facts.where(*where)).one_or_none()
    if row is None:
        raise NotFound(f"Run {run_id} has no matrix {kind} of epoch {epoch}.")
    if preview and row.preview_k:  # small matrices have no preview of their own
        data = session.scalars(select(Matrix.preview).where(*where)).one()
        assert data is not None
        return Frame(data, row.codec, (row.preview_k, row.preview_k), row.version)
    query = (
        select(MatrixBand.data)
        .where(MatrixBand.run_id == run_id, MatrixBand.kind == kind, MatrixBand.epoch == epoch)
        .order_by(MatrixBand.band)
    )
    whole = bands.join(session.scalars(query).all(), row.codec, row.k, row.crc)
    return Frame(whole, row.codec, (row.k, row.k), row.version)
