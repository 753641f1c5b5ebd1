"""Values made fit for JSON columns and text columns of every database."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def finite(value: float | None) -> float | None:
    """A plain number, or None for NaN and infinities (and for NumPy's)."""
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def finite_values(values: Mapping[str, float | None]) -> dict[str, float | None]:
    """`finite` for each value."""
    return {name: finite(value) for name, value in values.items()}


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, as the API's other times."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def clean_text(text: str) -> str:
    """Without NUL bytes (PostgreSQL refuses them) and lone surrogates (UTF-8 has none)."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


DEEPEST = 20  # levels of a config
MOST_VALUES = 10_000  # of a config


def plain_json(value: Any) -> Any:
    """Any JSON as every database keeps it: texts clean, NaN and infinities null.

    Raises ValueError for what is nested deeper than DEEPEST, or holds more than MOST_VALUES.
    """
    count = 0

    def cleaned(part: Any, depth: int) -> Any:
        nonlocal count
        count += 1
        if depth > DEEPEST:
            raise ValueError(f"is nested deeper than {DEEPEST} levels")
        if count > MOST_VALUES:
            raise ValueError(f"holds more than {MOST_VALUES:,} values")
        if isinstance(part, Mapping):
            return {clean_text(key): cleaned(each, depth + 1) for key, each in part.items()}
        if isinstance(part, list):
            return [cleaned(each, depth + 1) for each in part]
        if isinstance(part, str):
            return clean_text(part)
        return finite(part) if isinstance(part, float) else part

    return cleaned(value, 0)
