"""Where a run comes from: code, command, machine and packages of each of its attempts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

MOST_PACKAGES = 5000

_Line = Annotated[str, Field(max_length=1000)]


@with_config(ConfigDict(extra="forbid"))
class GitState(TypedDict):
    """`branch` is empty where none was checked out; `dirty`: tracked files were changed."""

    commit: Annotated[str, Field(max_length=64)]
    branch: _Line
    dirty: bool


class Facts(TypedDict):
    """Of one process. `driver` is NVIDIA's, empty without one; `packages` are those installed."""

    command: str
    host: str
    platform: str
    python: str
    driver: str
    git: GitState | None
    packages: dict[str, str]


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
