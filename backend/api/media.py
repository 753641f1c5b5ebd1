"""What the API's description says of answers beside their JSON: content types, headers, 304."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Responses = dict[int | str, dict[str, Any]]  # what a route's `responses=` takes

TEXT = {"type": "string"}
BINARY = {"type": "string", "format": "binary"}


def header(description: str, kind: str = "string") -> dict[str, Any]:
    """One header's description."""
    return {"description": description, "schema": {"type": kind}}


ETAG = {"ETag": header("Names this answer; sent back as If-None-Match it saves the bytes.")}
NOT_MODIFIED: Responses = {
    304: {"description": "Not modified: the client has it (If-None-Match).", "headers": ETAG}
}
# Of a JSON answer that clients may keep.
CACHED: Responses = {200: {"headers": ETAG}, **NOT_MODIFIED}


def media(
    *types: str,
    schema: Mapping[str, str] = BINARY,
    headers: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Responses:
    """An answer that has one of these content types."""
    content = {kind: {"schema": dict(schema)} for kind in types}
    return {status: {"content": content, **({"headers": dict(headers)} if headers else {})}}
