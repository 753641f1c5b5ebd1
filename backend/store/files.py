"""A run's log, wherever it lies.

With an object store a log is one part for each attempt, from this machine's disk where that knows
more (a worker here writes it), else from the store, which lags a few seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from backend.core.settings import Settings
from backend.store.objects import ObjectStore, Stored, object_store
from backend.store.run_identity import RunIdentity

CHUNK = 1024 * 1024  # bytes of log in one answer at most


@dataclass(frozen=True)
class LogPart:
    """A piece of a log: read on from byte `next`; the whole has `size` bytes."""

    data: bytes
    next: int
    size: int


class Source(Protocol):
    """Bytes that lie somewhere; those after `size` have come since."""

    size: int

    def read(self, start: int, end: int) -> bytes:
        """Bytes `start` to `end` (not included), or as many of them as there are."""


@dataclass
class LocalFile:
    """A file, of no bytes while it is not there."""

    path: Path
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = self.path.stat().st_size if self.path.is_file() else 0

    def read(self, start: int, end: int) -> bytes:
        """Raises FileNotFoundError when it has gone since."""
        with self.path.open("rb") as file:
            file.seek(start)
            return file.read(end - start)


@dataclass
class StoredChunks:
    """An attempt's log in the object store."""

    store: ObjectStore
    chunks: Sequence[Stored]
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = sum(chunk.size for chunk in self.chunks)

    def read(self, start: int, end: int) -> bytes:
        """Raises FilesUnreachable."""
        if len(self.chunks) == 1:
            return self.store.read(self.chunks[0], start, end)
        return _read_across([StoredChunks(self.store, [c]) for c in self.chunks], start, end)


def log_sources(config: Settings, run: RunIdentity) -> list[Source]:
    """What the run's log is made of, in order. Raises FilesUnreachable."""
    store = object_store(config)
    owned = run.owns(config.run_dir(run.run_id))
    if store is None:
        return [LocalFile(config.log_path(run.run_id))] if owned else []
    chunks: dict[int, list[Stored]] = {}
    for chunk in store.log_chunks(run.name):
        chunks.setdefault(chunk.attempt, []).append(chunk)
    folder = config.log_path(run.run_id).parent
    paths = folder.glob("attempt-*.log") if owned else ()
    here = {int(path.stem.removeprefix("attempt-")) for path in paths}
    sources: list[Source] = []
    for attempt in sorted(here | set(chunks)):
        stored = StoredChunks(store, chunks.get(attempt, []))
        if attempt not in here:
            sources.append(stored)
            continue
        local = LocalFile(config.log_path(run.run_id, attempt))
        sources.append(local if local.size >= stored.size else stored)
    return sources


def read_log(
    sources: Sequence[Source], after: int = 0, *, tail: int | None = None, most: int = CHUNK
) -> LogPart:
    """The log from byte `after`, or its last `tail` bytes; empty when there is none yet."""
    size = sum(source.size for source in sources)
    start = min(after if tail is None else max(0, size - tail), size)
    try:
        data = _read_across(sources, start, min(size, start + most))
    except FileNotFoundError:  # purged between the look and the reading
        return LogPart(b"", 0, 0)
    data = _whole_characters(data)
    return LogPart(data, start + len(data), size)


def _read_across(sources: Sequence[Source], start: int, end: int) -> bytes:
    parts: list[bytes] = []
    begins = 0
    for source in sources:
        first, last = max(0, start - begins), min(source.size, end - begins)
        if first < last:
            parts.append(source.read(first, last))
        begins += source.size
    return b"".join(parts)


def _whole_characters(data: bytes) -> bytes:
    """Without a UTF-8 character that is cut at the end: it comes whole with the next part."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0x80:  # a continuation: its first byte lies further back
            continue
        length = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
        return data[:-back] if length > back else data
    return data
