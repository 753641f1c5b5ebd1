"""The links of the top bar, from left to right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Link:
    """A page of the bar; a template marks it as the current one by its name."""

    name: str
    title: str
    href: str


NAVIGATION = (
    Link("runs", "Runs", "/"),
    Link("experiments", "Experiments", "/experiments"),
    Link("new", "New run", "/runs/new"),
    Link("workers", "Workers", "/workers"),
)
