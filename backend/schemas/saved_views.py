"""Views of the runs table that somebody named."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict


class SavedView(TypedDict):
    """`query` is what the runs page's address says behind the question mark."""

    id: int
    name: str
    query: str
    created_at: datetime


class SavedViewList(TypedDict):
    """By name."""

    views: list[SavedView]
