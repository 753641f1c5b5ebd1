"""Single rows of matrices over the epochs, read without the rest of their frames."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.core import late_numpy as np
from backend.matrix import bands, frames
from backend.store.errors import NotFound
from backend.store.matrices import Frame, Version, versions
from backend.store.tables import MatrixBand

MOST_NAMED = 64  # epochs that a query names one by one


def class_strip(session: Session, run_id: int, kind: str, row: int) -> tuple[Frame, list[int]]:
    """Row `row` of every epoch, encoded anew as (epochs, k), and the epochs. Raises NotFound."""
    stored = versions(session, run_id, kind)
    if not stored:
        raise NotFound(f"Run {run_id} has no matrices {kind}.")
    codec = _common_codec(stored)
    codes = _codes(session, run_id, kind, stored, [row], codec)[:, 0]
    data = frames.pack(codes)
    strip = Frame(data, codec, codes.shape, frames.version(data))
    return strip, [item.epoch for item in stored]


def rows(
    session: Session, run_id: int, kind: str, stored: Sequence[Version], wanted: Sequence[int]
) -> frames.Values:
    """Values (epochs, rows, k) of the `wanted` rows in the `stored` epochs. Raises NotFound."""
    if not stored:
        return np.empty((0, len(wanted), 0), np.float32)
    codec = _common_codec(stored)
    values = frames.from_codes(_codes(session, run_id, kind, stored, wanted, codec), codec)
    return np.nan_to_num(values, copy=False, nan=0.0, posinf=0.0, neginf=0.0)  # as Frame.finite


def _common_codec(stored: Sequence[Version]) -> str:
    """That of all; where a logged run's matrices have several, the exact one."""
    codecs = {item.codec for item in stored}
    return codecs.pop() if len(codecs) == 1 else frames.F32


def _codes(
    session: Session,
    run_id: int,
    kind: str,
    stored: Sequence[Version],
    wanted: Sequence[int],
    codec: str,
) -> frames.Codes:
    """In `codec`, whatever each frame is kept in."""
    side = stored[0].k
    heights = {item.codec: item.band_rows for item in stored}  # by the bytes that a row takes
    if any(row >= side for row in wanted):
        raise NotFound(f"Run {run_id} has {side} classes, so none is number {max(wanted)}.")
    places = {item.epoch: index for index, item in enumerate(stored)}
    wanted_codes = np.zeros((len(stored), len(wanted), side), frames.CODE_TYPES[codec])
    few = len(stored) <= MOST_NAMED
    between = MatrixBand.epoch.between(stored[0].epoch, stored[-1].epoch)
    query = (
        select(MatrixBand.epoch, MatrixBand.band, MatrixBand.data)
        .where(
            MatrixBand.run_id == run_id,
            MatrixBand.kind == kind,
            MatrixBand.epoch.in_(places) if few else between,
            MatrixBand.band.in_({row // rows for row in wanted for rows in heights.values()}),
        )
        .execution_options(yield_per=64)
    )
    for epoch, band, data in session.execute(query):
        if epoch not in places:
            continue
        own = stored[places[epoch]]
        codes = bands.unpack(data, own.codec, side)
        if own.codec != codec:
            codes = frames.to_codes(frames.from_codes(codes, own.codec), codec)
        for index, row in enumerate(wanted):
            if row // own.band_rows == band:
                wanted_codes[places[epoch], index] = codes[row - band * own.band_rows]
    return wanted_codes
