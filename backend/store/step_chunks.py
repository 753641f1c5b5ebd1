"""Metrics by step, in chunks of points: what a loop logs a million times over.

A row per point would take a run of 1,000,000 steps seconds to open. A chunk is one row for up to
MOST points of one metric, sorted by step; chunks of a metric do not overlap. Beside its data it
keeps a preview, the lowest and highest points of its stretches, so that a curve of any length is
drawn from a few thousand points. New points are merged with chunks that are as small as they are,
as a binary counter carries: each point is written anew a few times, not with every call, and a
million of them end in some sixty rows (docs/decisions/0015-logged-runs.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, cast

from sqlalchemy import Table, bindparam, delete, func, insert, select, tuple_
from sqlalchemy.orm import Session

from backend.core import late_numpy as np
from backend.store.tables import StepChunk
from backend.store.thinning import thinned

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 16_384  # points of a chunk: 384 KiB
PREVIEW = 128  # points of its preview
_TABLE = cast(Table, StepChunk.__table__)
_REMOVAL = delete(_TABLE).where(
    _TABLE.c.run_id == bindparam("b_run"),
    _TABLE.c.name == bindparam("b_name"),
    _TABLE.c.first_step == bindparam("b_first"),
)
_NAMES = 500  # in one query: SQLite takes 32,766 parameters, PostgreSQL plans long lists slowly


class Points(NamedTuple):
    """Points of one metric by step, ascending, each step once; (n,) arrays.

    `times` are seconds since 1970; NaN among the `values` is a null that was logged.
    """

    steps: NDArray[np.int64]
    times: NDArray[np.float64]
    values: NDArray[np.float64]

    def at(self, places: NDArray[np.intp] | slice) -> Points:
        """Some of them."""
        return Points(self.steps[places], self.times[places], self.values[places])


class Extreme(NamedTuple):
    """The best value of a metric and where it was first reached."""

    value: float
    step: int


@dataclass(frozen=True)
class _Chunk:
    """A stored chunk without its data."""

    first: int
    last: int
    points: int


def record(session: Session, run_id: int, new: Mapping[str, Points]) -> set[str]:
    """Stores points (none of them empty); a step that is there already is replaced.

    Answers the metrics that got points before the end of what they had.
    """
    stored = _chunks(session, run_id, list(new))
    overlapped = {name: _to_merge(stored.get(name, []), points) for name, points in new.items()}
    keys = [(name, chunk.first) for name, chunks in overlapped.items() for chunk in chunks]
    old = _load(session, run_id, keys)
    rows = [
        {"run_id": run_id, "name": name, **_row(piece)}
        for name, points in new.items()
        for piece in _pieces(
            merged([*(old[name, each.first] for each in overlapped[name]), points])
        )
    ]
    if keys:
        gone = [{"b_run": run_id, "b_name": name, "b_first": first} for name, first in keys]
        session.connection().execute(_REMOVAL, gone)
    session.connection().execute(insert(_TABLE), rows)
    return {
        name
        for name, points in new.items()
        if name in stored and points.steps[0] <= stored[name][-1].last
    }


def names(session: Session, run_id: int) -> list[str]:
    """The metrics that have points by step."""
    query = select(StepChunk.name).where(StepChunk.run_id == run_id).distinct()
    return list(session.scalars(query))


def read(
    session: Session, run_id: int, name: str, *, after: int = -1, most: int | None = None
) -> Points:
    """The points above `after`, in order: all, or as many as are enough to choose `most` from."""
    where = [StepChunk.run_id == run_id, StepChunk.name == name, StepChunk.last_step > after]
    if most is not None:
        counted = select(func.count(), func.sum(StepChunk.points)).where(*where)
        chunks, points = session.execute(counted).one()
        if (points or 0) > most and chunks * PREVIEW >= most:
            query = select(StepChunk.preview).where(*where).order_by(StepChunk.first_step)
            return _above(after, [_unpack(preview) for preview in session.scalars(query)])
    query = select(StepChunk.data).where(*where).order_by(StepChunk.first_step)
    return _above(after, [_unpack(data) for data in session.scalars(query)])


def next_chunk(session: Session, run_id: int, name: str, after: int) -> Points | None:
    """The points above `after` that are kept together with the first of them; None: no more."""
    where = (StepChunk.run_id == run_id, StepChunk.name == name, StepChunk.last_step > after)
    query = select(StepChunk.data).where(*where).order_by(StepChunk.first_step).limit(1)
    data = session.scalar(query)
    return None if data is None else _above(after, [_unpack(data)])


def best(session: Session, run_id: int, name: str, better: str) -> Extreme | None:
    """The metric's lowest (`min`) or highest value; None where it has nulls alone."""
    where = (StepChunk.run_id == run_id, StepChunk.name == name)
    query = select(StepChunk.preview).where(*where).order_by(StepChunk.first_step)
    # A preview holds its chunk's lowest and highest point.
    return best_of(concatenated([_unpack(preview) for preview in session.scalars(query)]), better)


def best_of(points: Points, better: str) -> Extreme | None:
    """The same of these points."""
    if np.isnan(points.values).all():
        return None
    place = np.nanargmin(points.values) if better == "min" else np.nanargmax(points.values)
    return Extreme(float(points.values[place]), int(points.steps[place]))


def last(session: Session, run_id: int, name: str) -> float | None:
    """The metric's value at its highest step; null where that is one."""
    where = (StepChunk.run_id == run_id, StepChunk.name == name)
    query = select(StepChunk.preview).where(*where).order_by(StepChunk.first_step.desc()).limit(1)
    value = float(_unpack(session.scalars(query).one()).values[-1])  # both ends are kept
    return None if np.isnan(value) else value


def _chunks(session: Session, run_id: int, names: Sequence[str]) -> dict[str, list[_Chunk]]:
    """Of each metric, by step."""
    by_name: dict[str, list[_Chunk]] = {}
    columns = (StepChunk.name, StepChunk.first_step, StepChunk.last_step, StepChunk.points)
    for start in range(0, len(names), _NAMES):
        some = StepChunk.name.in_(names[start : start + _NAMES])
        query = select(*columns).where(StepChunk.run_id == run_id, some)
        for name, *facts in session.execute(query.order_by(StepChunk.first_step)):
            by_name.setdefault(name, []).append(_Chunk(*facts))
    return by_name


def _to_merge(chunks: Sequence[_Chunk], points: Points) -> Sequence[_Chunk]:
    """The chunks that the points overlap, and neighbours that are no larger than all of that."""
    low, high = int(points.steps[0]), int(points.steps[-1])
    begin = sum(chunk.last < low for chunk in chunks)
    end = sum(chunk.first <= high for chunk in chunks)
    size = len(points.steps) + sum(chunk.points for chunk in chunks[begin:end])
    while begin > 0 and chunks[begin - 1].points <= min(size, MOST - size):
        begin -= 1
        size += chunks[begin].points
    while end < len(chunks) and chunks[end].points <= min(size, MOST - size):
        size += chunks[end].points
        end += 1
    return chunks[begin:end]


def _load(
    session: Session, run_id: int, keys: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], Points]:
    """Whole chunks by their names and first steps."""
    chunks: dict[tuple[str, int], Points] = {}
    key = tuple_(StepChunk.name, StepChunk.first_step)
    columns = (StepChunk.name, StepChunk.first_step, StepChunk.data)
    for start in range(0, len(keys), _NAMES):
        some = key.in_(keys[start : start + _NAMES])
        for row in session.execute(select(*columns).where(StepChunk.run_id == run_id, some)):
            chunks[row.name, row.first_step] = _unpack(row.data)
    return chunks


def merged(parts: Sequence[Points]) -> Points:
    """Their points by ascending step; of a step that several have, the last one stays."""
    if len(parts) == 1 and (np.diff(parts[0].steps) > 0).all():
        return parts[0]
    latest_first = concatenated(parts).at(slice(None, None, -1))
    _, places = np.unique(latest_first.steps, return_index=True)  # the first of each step
    return latest_first.at(places)


def _pieces(points: Points) -> Iterator[Points]:
    count = -(-len(points.steps) // MOST)
    edges = [len(points.steps) * piece // count for piece in range(count + 1)]
    for start, end in pairwise(edges):
        yield points.at(slice(start, end))


def _row(points: Points) -> dict[str, object]:
    return {
        "first_step": int(points.steps[0]),
        "last_step": int(points.steps[-1]),
        "points": len(points.steps),
        "preview": _pack(points.at(thinned(points.values, PREVIEW))),
        "data": _pack(points),
    }


def _above(after: int, parts: Sequence[Points]) -> Points:
    points = concatenated(parts)
    return points.at(slice(int(np.searchsorted(points.steps, after, side="right")), None))


def concatenated(parts: Sequence[Points]) -> Points:
    """One after the other; parts may be none."""
    if not parts:
        return Points(np.empty(0, np.int64), np.empty(0), np.empty(0))
    return Points(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _pack(points: Points) -> bytes:
    """Steps as int64, times and values as float64, little-endian, one after the other."""
    kinds = ("<i8", "<f8", "<f8")
    return b"".join(
        column.astype(kind).tobytes() for column, kind in zip(points, kinds, strict=True)
    )


def _unpack(data: bytes) -> Points:
    steps, times, values = np.frombuffer(data, "<f8").reshape(3, -1)
    return Points(steps.view("<i8"), times, values)
