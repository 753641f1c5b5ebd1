"""Answers that a client may keep until what they were made of changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from fastapi import Request
from fastapi.responses import Response

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


def freshness(*, for_ever: bool) -> str:
    """Cache-Control of an answer whose address names its version, and of one whose does not."""
    return "private, max-age=31536000, immutable" if for_ever else "no-cache"


def cached_picture(
    request: Request,
    etag: str,
    read: Callable[[], bytes],
    *,
    for_ever: bool,
    media_type: Callable[[bytes], str] = lambda _: "image/webp",
) -> Response:
    """What `read` gives; 304 without calling it for a client that has it."""
    headers = {"ETag": etag, "Cache-Control": freshness(for_ever=for_ever)}
    if knows(request, etag):
        return Response(status_code=304, headers=headers)
    data = read()
    return Response(data, headers=headers, media_type=media_type(data))


def cached_json(request: Request, name: str, make: Callable[[], Content]) -> Json[Content]:
    """What `make` gives, under the ETag `name`; 304 without calling it for a client that has it."""
    headers = {"ETag": f'W/"{name}"', "Cache-Control": "no-cache"}
    if knows(request, f'"{name}"'):
        return NotModified(headers)
    return Json(make(), headers=headers)
