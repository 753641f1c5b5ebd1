"""Where a run comes from: code, command, machine and packages of each of its attempts."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from ols.provenance.origin import Facts


class Origin(Facts):
    """Those of one attempt; of a loop of its own, of each time that it was started otherwise.
    `changes`: the diff of its code was recorded, too."""

    attempt: int
    recorded_at: datetime
    changes: bool


class RunOrigins(TypedDict):
    """The newest first. `data_fingerprint` changes with any image or label that a run trained or
    was measured on, before noise; null of runs that recorded none."""

    data_fingerprint: str | None
    origins: list[Origin]


class StoredOrigin(TypedDict):
    """As which attempt it is kept."""

    attempt: int
    cancel_requested: bool
