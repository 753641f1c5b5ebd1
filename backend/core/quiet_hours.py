"""OLS_NOTIFY_QUIET: the hours of a day in which nobody is notified, `22:00-07:00 Europe/Berlin`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

_FORM = re.compile(r"(\d{1,2}:\d\d)-(\d{1,2}:\d\d)(?: (\S+))?")


@dataclass(frozen=True)
class QuietHours:
    """From `begin` up to `end`, over midnight where that is earlier; `zone` None: this machine's
    own time zone."""

    begin: time
    end: time
    zone: ZoneInfo | None

    def at(self, now: datetime) -> bool:
        """Whether an aware time falls into them."""
        clock = now.astimezone(self.zone).time()
        if self.begin <= self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end


def read_quiet_hours(text: str) -> QuietHours | None:
    """None for an empty text. Raises ValueError, in words for who set it."""
    if not text.strip():
        return None
    match = _FORM.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError("not two times")
        begin, end = (time.fromisoformat(part.rjust(5, "0")) for part in match.groups()[:2])
    except ValueError:
        raise ValueError(
            "two times with a minus between, and a time zone if it is not this machine's: "
            "22:00-07:00 Europe/Berlin"
        ) from None
    try:
        return QuietHours(begin, end, ZoneInfo(match[3]) if match[3] else None)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f"{match[3][:40]!r} is no time zone; they are named like Europe/Berlin"
        ) from None
