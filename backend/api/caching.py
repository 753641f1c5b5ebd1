"""JSON that a client may keep until what it was made of changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from fastapi import Request

from backend.server.answers import Json, NotModified

Content = TypeVar("Content")


def digest(*parts: object) -> str:
    """A short name of these facts: other facts, another name."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def knows(request: Request, etag: str) -> bool:
    """True if the client has what `etag` (with its quotes) names."""
    header = request.headers.get("if-none-match", "")
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or etag in tags


def cached_json(request: Request, name: str, make: Callable[[], Content]) -> Json[Content]:
    """What `make` gives, under the ETag `name`; 304 without calling it for a client that has it."""
    headers = {"ETag": f'W/"{name}"', "Cache-Control": "no-cache"}
    if knows(request, f'"{name}"'):
        return NotModified(headers)
    return Json(make(), headers=headers)
