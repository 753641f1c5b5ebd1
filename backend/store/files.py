"""A run's files: its log, its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CHUNK = 1024 * 1024  # bytes of log in one answer at most


@dataclass(frozen=True)
class LogPart:
    """A piece of a log: read on from byte `next`; the whole has `size` bytes."""

    data: bytes
    next: int
    size: int


def read_log(path: Path, after: int = 0, *, tail: int | None = None, most: int = CHUNK) -> LogPart:
    """The log from byte `after`, or its last `tail` bytes; empty when there is none yet."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            start = min(after if tail is None else max(0, size - tail), size)
            file.seek(start)
            data = file.read(most)
    except FileNotFoundError:
        return LogPart(b"", 0, 0)
    data = _whole_characters(data)
    return LogPart(data, start + len(data), size)


def _whole_characters(data: bytes) -> bytes:
    """Without a UTF-8 character that is cut at the end: it comes whole with the next part."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0x80:  # a continuation: its first byte lies further back
            continue
        length = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
        return data[:-back] if length > back else data
    return data


def last_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint below `folder`, None when there is none."""
    found = [path for path in folder.glob("**/*.pt") if path.is_file()]
    return max(found, key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)
