"""What the box of a run's or an experiment's notes may use."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from backend.pages.contexts.base import Context


@dataclass(frozen=True)
class Notes:
    """What somebody wrote about a run or an experiment."""

    place: str  # of its API: runs/3
    text: str
    html: Markup


@dataclass(frozen=True)
class NotesBox(Context):
    """Notes and their editor, fetched when they have changed."""

    template = "shared/_notes.html"
    notes: Notes
