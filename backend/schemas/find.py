"""What the lab has under a word."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class Finding(TypedDict):
    """One place to go to; `detail` tells it from others of the same title."""

    kind: Literal["run", "experiment", "class", "method", "page"]
    title: str
    detail: str
    href: str


class Findings(TypedDict):
    """The best of each kind, in the order in which they are offered."""

    results: list[Finding]
