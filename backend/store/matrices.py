"""Queries of matrices: which there are, and whole frames. Rows alone: matrix_rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, FromClause, Select, bindparam, select
from sqlalchemy.orm import Session

from backend.core import late_numpy as np
from backend.matrix import bands, frames
from backend.schemas.matrices import MatrixList
from backend.store.errors import NotFound
from backend.store.tables import Matrix, MatrixBand, Run
from ols.training.epoch_report import MATRIX_KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray


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

    def finite(self) -> NDArray[np.float64]:
        """The values to compute with; gaps of a loop's own matrix (NaN, infinity) count as 0."""
        values = self.decode().astype(np.float64)
        return np.nan_to_num(values, copy=False, nan=0.0, posinf=0.0, neginf=0.0)


@dataclass(frozen=True)
class Version:
    """One stored matrix, without its values."""

    epoch: int
    version: str
    k: int
    codec: str
    band_rows: int


@dataclass(frozen=True)
class StoredFrame:
    """One frame as it is kept, its bands not read yet."""

    run_id: int
    kind: str
    epoch: int
    version: str
    codec: str
    k: int
    crc: int
    preview: bytes | None = None
    preview_k: int = 0


_VERSION = (Matrix.epoch, Matrix.version, Matrix.k, Matrix.codec, Matrix.band_rows)


def listing(session: Session, run_id: int) -> list[MatrixList]:
    """What is kept, epochs ascending, kinds in their usual order."""
    rows = session.execute(
        select(Matrix.kind, Matrix.epoch, Matrix.version, Matrix.k)
        .where(Matrix.run_id == run_id)
        .order_by(Matrix.kind, Matrix.epoch)
    )
    by_kind: dict[str, MatrixList] = {}
    for kind, epoch, version, k in rows:
        entry = by_kind.setdefault(kind, {"kind": kind, "epochs": [], "versions": [], "k": k})
        entry["epochs"].append(epoch)
        entry["versions"].append(version)
    ours = [kind for kind in MATRIX_KINDS if kind in by_kind]
    return [by_kind[kind] for kind in dict.fromkeys([*ours, *by_kind])]


def versions(session: Session, run_id: int, kind: str) -> list[Version]:
    """What is stored of one kind, epochs ascending."""
    rows = session.execute(
        select(*_VERSION).where(Matrix.run_id == run_id, Matrix.kind == kind).order_by(Matrix.epoch)
    )
    return [Version(*row) for row in rows]


def version(session: Session, run_id: int, kind: str, epoch: int) -> str | None:
    """The stored matrix's version, None when there is none, or its run was deleted."""
    stored_version: str | None = session.scalar(
        _ALIVE, {"run": run_id, "kind": kind, "epoch": epoch}
    )
    return stored_version


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


def stored(
    session: Session, run_id: int, kind: str, epoch: int, *, preview: bool = False
) -> StoredFrame | None:
    """What there is of a frame; None where nothing is, or its run was deleted."""
    this = {"run": run_id, "kind": kind, "epoch": epoch}
    row = session.execute(_PREVIEW if preview else _FACTS, this).one_or_none()
    return None if row is None else StoredFrame(*row)


def read(session: Session, stored_frame: StoredFrame) -> Frame:
    """Its values: the preview, where one was asked for and there is one, else the whole."""
    if stored_frame.preview is not None:  # small matrices have none
        return Frame(
            stored_frame.preview,
            stored_frame.codec,
            (stored_frame.preview_k,) * 2,
            stored_frame.version,
        )
    this = {"run": stored_frame.run_id, "kind": stored_frame.kind, "epoch": stored_frame.epoch}
    data = session.scalars(_BANDS, this).all()
    whole = bands.join(data, stored_frame.codec, stored_frame.k, stored_frame.crc)
    return Frame(whole, stored_frame.codec, (stored_frame.k, stored_frame.k), stored_frame.version)


def frame(session: Session, run_id: int, kind: str, epoch: int, *, preview: bool = False) -> Frame:
    """One stored frame; with `preview` at most 256 x 256, max-pooled. Raises NotFound."""
    stored_frame = stored(session, run_id, kind, epoch, preview=preview)
    if stored_frame is None:
        raise NotFound(f"Run {run_id} has no matrix {kind} of epoch {epoch}.")
    return read(session, stored_frame)


# Built once, and of tables instead of mapped classes: playback asks dozens of times per second, and
# the rest of a query takes longer than its bytes.
def _of_one(table: FromClause, *columns: Any) -> Select[Any]:
    run: BindParameter[Any] = bindparam("run")
    kind: BindParameter[Any] = bindparam("kind")
    epoch: BindParameter[Any] = bindparam("epoch")
    c = table.c
    return select(*columns).where(c.run_id == run, c.kind == kind, c.epoch == epoch)


def _alive(*columns: Any) -> Select[Any]:
    """Of a matrix whose run was not deleted."""
    query = _of_one(_MATRIX, *columns).join(_RUN, _RUN.c.id == _MATRIX.c.run_id)
    return query.where(_RUN.c.deleted_at.is_(None))


_MATRIX, _BAND, _RUN = Matrix.__table__, MatrixBand.__table__, Run.__table__
_M = _MATRIX.c
_STORED = (_M.run_id, _M.kind, _M.epoch, _M.version, _M.codec, _M.k, _M.crc)
_ALIVE = _alive(_M.version)
_FACTS = _alive(*_STORED)
_PREVIEW = _alive(*_STORED, _M.preview, _M.preview_k)
_BANDS = _of_one(_BAND, _BAND.c.data).order_by(_BAND.c.band)
