"""How times, sizes and settings are written; a dash where nothing is known.

frontend/static/js/pure/format.js writes the same in JS. A metric is written by its kind:
ols/spec/number_kinds.py.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

from ols.spec.number_kinds import DASH


def percent(value: float | None, digits: int = 1) -> str:
    """0.8134 -> 81.3%"""
    return DASH if value is None or not math.isfinite(value) else f"{100 * value:.{digits}f}%"


def noise_rate(value: float | None) -> str:
    """0.2 -> 20%; no noise is a dash."""
    return f"{100 * value:g}%" if value else DASH


def duration(seconds: float | None) -> str:
    """75 -> 1 min 15 s"""
    if seconds is None or not math.isfinite(seconds):
        return DASH
    if 0 < seconds < 1:
        return "under 1 s"
    total = round(seconds)
    days, hours, minutes, rest = (
        total // 86400,
        total // 3600 % 24,
        total // 60 % 60,
        total % 60,
    )
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    if minutes:
        return f"{minutes} min {rest} s" if minutes < 10 and rest else f"{minutes} min"
    return f"{rest} s"


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """`just now`, `5 min ago`, `3 h ago`, `2 d ago`"""
    if moment is None:
        return DASH
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < 45:
        return "just now"
    if seconds < 3600:
        return f"{max(1, round(seconds / 60))} min ago"
    if seconds < 86400:
        return f"{round(seconds / 3600)} h ago"
    return f"{round(seconds / 86400)} d ago"


def ahead(seconds: float) -> str:
    """`any moment`, `in about 5 min`: a guess is not given to the second"""
    return "any moment" if seconds < 60 else f"in about {duration(60 * round(seconds / 60))}"


def iso(moment: datetime | None) -> str:
    """For a `datetime` attribute."""
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""


def number(value: float | None) -> str:
    """12345 -> 12,345"""
    return DASH if value is None else f"{value:,.0f}"


def plain(value: Any) -> str:
    """A spec's value as it would be typed: 0.1, true, [150, 225]; nothing is a dash."""
    if value is None:
        return DASH
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else json.dumps(value)


def plural(count: int, one: str, many: str = "") -> str:
    """1 run, 2 runs"""
    return f"{count} {one if count == 1 else many or one + 's'}"


def size(count: float | None) -> str:
    """1234567 -> 1.2 MB; decimal units, as disks are sold. Not known: a dash."""
    if count is None:
        return DASH
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def shortened(text: str, most: int = 36) -> str:
    """A name with its middle left out: what tells runs apart stands at either end."""
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[-tail:]}"


def ordinal(place: int) -> str:
    """1st, 2nd, 3rd, 11th"""
    last = place % 10 if place % 100 not in (11, 12, 13) else 0
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(last, "th")
    return f"{place}{suffix}"
