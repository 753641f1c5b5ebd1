"""Values made fit for JSON columns and text columns of every database."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime


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
