"""Whether all is well."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class Health(TypedDict):
    """Each part is `ok` or says what is wrong; `workers` counts those online."""

    status: Literal["ok", "down"]
    database: str
    queue: str
    workers: int
    version: str
