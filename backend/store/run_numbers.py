"""A run's number as text: in an address, a query, on a command line."""

from __future__ import annotations

from backend.store.tables import Run, largest

LARGEST_RUN = largest(Run.id)


def natural(text: str, most: int = LARGEST_RUN) -> int | None:
    """A number from 0 to `most`, as a run's is; None for any other text."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most))):
        return None
    number = int(text)
    return number if number <= most else None
