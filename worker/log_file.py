"""The last lines of a run's log, for its error."""

from __future__ import annotations

from collections import deque
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
