"""Writes matrices: encoded before the first query, so that SQLite's write lock is not held."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from backend.core import late_numpy as np
from backend.matrix import bands, frames
from backend.store.errors import Unfit
from backend.store.matrices import Version
from backend.store.tables import Matrix, MatrixBand

CODECS = {
    "soft_labels": frames.U16LOG,
    "val_probs": frames.U16LOG,
    "confusion": frames.U32,
    "noise_transition": frames.U16LOG,
}


@dataclass(frozen=True)
class EncodedMatrices:
    """The rows of both tables."""

    matrices: list[dict[str, Any]]
    bands: list[dict[str, Any]]

    def versions(self) -> dict[str, str]:
        """By kind."""
        return {row["kind"]: row["version"] for row in self.matrices}

    def without(self, kinds: Collection[str]) -> EncodedMatrices:
        """Those of other kinds."""
        return EncodedMatrices(
            [row for row in self.matrices if row["kind"] not in kinds],
            [row for row in self.bands if row["kind"] not in kinds],
        )


def encode(
    run_id: int,
    epoch: int,
    matrices: Mapping[Any, np.ndarray],
    codecs: Mapping[str, str] | None = None,
) -> EncodedMatrices:
    """An epoch's matrices by kind."""
    encoded = EncodedMatrices([], [])
    for kind, matrix in matrices.items():
        key = {"run_id": run_id, "kind": kind, "epoch": epoch}
        codec = (codecs or CODECS)[kind]
        codes = frames.to_codes(matrix, codec)
        banded, side = bands.split(codes), codes.shape[0]
        whole = bands.join(banded.bands, codec, side, banded.crc)
        row = {"version": frames.version(whole), "k": side, "codec": codec}
        layout = {"band_rows": banded.rows, "crc": banded.crc}
        encoded.matrices.append({**key, **row, **layout, **_preview(codes)})
        encoded.bands.extend(
            {**key, "band": number, "data": data} for number, data in enumerate(banded.bands)
        )
    return encoded


def write(session: Session, encoded: EncodedMatrices) -> None:
    """Inserts them; there must be none of these kinds and epochs."""
    if encoded.matrices:
        session.execute(insert(Matrix), encoded.matrices)
        session.execute(insert(MatrixBand), encoded.bands)


def encode_one(run_id: int, kind: str, epoch: int, matrix: np.ndarray) -> EncodedMatrices:
    """A logged run's matrix of any kind: (k, k) floats."""
    return encode(run_id, epoch, {kind: matrix}, {kind: frames.codec_for(matrix)})


def replace(
    session: Session, run_id: int, kind: str, epoch: int, encoded: EncodedMatrices
) -> Version:
    """Stores what `encode_one` made in place of the one that was there.

    Raises Unfit where its k is not that of the run's other matrices of the kind.
    """
    (row,) = encoded.matrices
    same_kind = (Matrix.run_id == run_id, Matrix.kind == kind)
    other = session.scalar(select(Matrix.k).where(*same_kind, Matrix.epoch != epoch).limit(1))
    if other is not None and other != row["k"]:
        raise Unfit(
            "body", f"the matrix has k = {row['k']}; those of this run's {kind} have k = {other}"
        )
    session.execute(delete(Matrix).where(*same_kind, Matrix.epoch == epoch))
    write(session, encoded)
    return Version(epoch, row["version"], row["k"], row["codec"], row["band_rows"])


def forget(session: Session, run_id: int, after: int) -> None:
    """Removes all of the epochs above `after` (their bands go with them)."""
    session.execute(delete(Matrix).where(Matrix.run_id == run_id, Matrix.epoch > after))


def forget_kinds(session: Session, run_id: int, kinds: Sequence[str]) -> None:
    """Removes all of these kinds."""
    session.execute(delete(Matrix).where(Matrix.run_id == run_id, Matrix.kind.in_(kinds)))


def thin(session: Session, run_id: int, epoch: int, every: int) -> None:
    """Removes what was there only while it was the newest, now that `epoch` is recorded.

    What stays: 0, the initial soft labels; 1; every `every`-th epoch; and the newest, which is a
    run's last one however it ends.
    """
    kept = max(1, (epoch - 1) // every * every)
    late = (Matrix.epoch > kept, Matrix.epoch < epoch)
    session.execute(delete(Matrix).where(Matrix.run_id == run_id, *late))


def _preview(codes: frames.Codes) -> dict[str, Any]:
    if codes.shape[0] <= frames.PREVIEW:
        return {"preview": None, "preview_k": None}
    pooled = frames.max_pool(codes)
    return {"preview": frames.pack(pooled), "preview_k": pooled.shape[0]}
