"""Request bodies: what those in JSON have in common, and those that a route reads itself, in its
own thread: large ones, and ones that are no JSON. FastAPI would parse them on the event loop, where
all other requests wait."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, TypeAdapter


class JsonBody(BaseModel):
    """An object of named fields and no others; built when the first one comes."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


async def _raw_body(request: Request) -> bytes:
    return await request.body()


RawBody = Annotated[bytes, Depends(_raw_body)]


def body_of(model: TypeAdapter[Any], media_type: str) -> dict[str, Any]:
    """What such a route takes, for `openapi_extra`: FastAPI does not see it."""
    schema = model.json_schema()
    return {"requestBody": {"required": True, "content": {media_type: {"schema": inlined(schema)}}}}


def file_of(*media_types: str) -> dict[str, Any]:
    """The same of files."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    content = dict.fromkeys(media_types, binary)
    return {"requestBody": {"required": True, "content": content}}


def inlined(schema: Any, definitions: dict[str, Any] | None = None) -> Any:
    """A schema without references: its own definitions would lie where nothing looks for them."""
    if isinstance(schema, list):
        return [inlined(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    definitions = schema.get("$defs", definitions)
    if "$ref" in schema:
        return inlined((definitions or {})[schema["$ref"].rpartition("/")[2]], definitions)
    return {key: inlined(part, definitions) for key, part in schema.items() if key != "$defs"}
