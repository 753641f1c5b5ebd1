"""Queries of matrices: which there are, and whole frames. Rows alone: matrix_rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import Session

from backend.store import bands, frames
from backend.store.errors import NotFound
from backend.store.tables import Matrix, MatrixBand, Run
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
    """The stored matrix's version, None when there is none, or its run was deleted."""
    found: str | None = session.scalar(_ALIVE, {"run": run_id, "kind": kind, "epoch": epoch})
    return found


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
    this = {"run": run_id, "kind": kind, "epoch": epoch}
    if preview:
        small = session.execute(_PREVIEW, this).one_or_none()
        if small is not None and small.preview is not None:  # small matrices have none
            return Frame(small.preview, small.codec, (small.preview_k,) * 2, small.version)
    facts = session.execute(_FACTS, this).one_or_none()
    if facts is None:
        raise NotFound(f"Run {run_id} has no matrix {kind} of epoch {epoch}.")
    stored = session.scalars(_BANDS, this).all()
    whole = bands.join(stored, facts.codec, facts.k, facts.crc)
    return Frame(whole, facts.codec, (facts.k, facts.k), facts.version)


# Built once: to build them anew takes longer than to read a frame of 1,000 classes.
def _of_one(table: type[Matrix] | type[MatrixBand], *columns: Any) -> Select[Any]:
    run: BindParameter[Any] = bindparam("run")
    kind: BindParameter[Any] = bindparam("kind")
    epoch: BindParameter[Any] = bindparam("epoch")
    return select(*columns).where(table.run_id == run, table.kind == kind, table.epoch == epoch)


_ALIVE = (
    _of_one(Matrix, Matrix.version)
    .join(Run, Run.id == Matrix.run_id)
    .where(Run.deleted_at.is_(None))
)
_FACTS = _of_one(Matrix, Matrix.k, Matrix.codec, Matrix.version, Matrix.crc)
_PREVIEW = _of_one(Matrix, Matrix.preview, Matrix.preview_k, Matrix.codec, Matrix.version)
_BANDS = _of_one(MatrixBand, MatrixBand.data).order_by(MatrixBand.band)
