"""One named starting point of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

STARTERS_GROUP = "Start here"


@dataclass(frozen=True)
class Preset:
    """`spec` is a partial RunSpec. Presets of one `group` stand together in the form."""

    name: str
    title: str
    help: str
    spec: dict[str, Any]
    group: str = STARTERS_GROUP
