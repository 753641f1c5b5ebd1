"""One line of the doctor's output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """What is so, and what to do."""

    subject: str
    level: Level
    detail: str
    advice: str = ""
