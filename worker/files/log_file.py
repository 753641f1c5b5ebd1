"""The last lines of a run's log, for its error; a line of the worker's own in it."""

from __future__ import annotations

import contextlib
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

LINES = 40
MOST_BYTES = 20_000


def last_lines(path: Path) -> str:
    """The last 40 lines, at most 20 kB; empty when there is no log."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - MOST_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(deque(text.splitlines(), maxlen=LINES))


def append_line(path: Path, text: str) -> None:
    """Adds a line, as a trainer would; a log that cannot be written must not stop the run."""
    line = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {text}\n"
    with contextlib.suppress(OSError), path.open("ab", buffering=0) as file:
        file.write(line.encode())
