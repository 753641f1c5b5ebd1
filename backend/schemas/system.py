"""Whether all is well."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class PartsHealth(TypedDict):
    """Each part is `ok` or says in a word what is wrong; `workers` counts those online."""

    status: Literal["ok", "down"]
    database: str
    queue: str
    storage: str
    workers: int


class Health(PartsHealth):
    """The parts of the lab, and the version of the server that answers."""

    version: str
