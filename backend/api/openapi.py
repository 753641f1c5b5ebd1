"""The API's description: FastAPI's, and what any operation may answer beside it.

A route names its own answers, by its return type and `responses=`. What the framework and the
middleware answer for it is added here, so that no route has to know: an operation with parameters
may say 422, one with a body 413. Every error has the one shape. Objects are closed: a key that is
not described is a mistake, which the tests find.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.routing import BaseRoute

from backend.core.error_codes import ErrorCode
from backend.server.answers import ErrorAnswer

_REFERENCE = "#/components/schemas/{model}"
_ERROR = {"application/json": {"schema": {"$ref": _REFERENCE.format(model="ErrorAnswer")}}}
_SIGNED_IN = {"description": "Signed in by `?token=`: the same address without it."}
_FASTAPIS_ERRORS = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI, routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The description of these routes as JSON, made once. Takes the place of `app.openapi`."""
    if app.openapi_schema is None:
        description = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=routes
        )
        schemas = description["components"]["schemas"]
        schemas |= _error_schemas()
        for name in _FASTAPIS_ERRORS:
            schemas.pop(name, None)
        for schema in schemas.values():
            if "properties" in schema:
                schema.setdefault("additionalProperties", False)
        names = _names(routes)
        for path, method, operation in _operations(description):
            operation["operationId"] = names[path, method]
            operation["summary"] = _first_sentence(operation["description"])
            if method == "get":
                operation["responses"]["303"] = _SIGNED_IN
            _add_errors(operation)
        app.openapi_schema = description
    return app.openapi_schema


def _names(routes: Sequence[BaseRoute]) -> dict[tuple[str, str], str]:
    """Path and method -> `runs_listing`: what a generated client calls its function."""
    return {
        (route.path_format, method.lower()): (
            f"{route.endpoint.__module__.rpartition('.')[2]}_{route.name}"
        )
        for route in routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


def _first_sentence(text: str) -> str:
    """What an operation does, on one line; FastAPI would take the name of its function."""
    line = " ".join(text.partition("\n\n")[0].split())
    return re.split(r"(?<=[a-z`)])[.;:] ", line)[0].removesuffix(".")


def _error_schemas() -> dict[str, Any]:
    schema = TypeAdapter(ErrorAnswer).json_schema(mode="serialization", ref_template=_REFERENCE)
    nested: dict[str, Any] = schema.pop("$defs", {})
    return {**nested, "ErrorAnswer": schema}


def _operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation


def _add_errors(operation: dict[str, Any]) -> None:
    responses: dict[str, Any] = operation["responses"]
    responses.pop("422", None)  # FastAPI's shape of it, which is not ours
    for status in (*_possible(operation), *(int(s) for s in responses if s >= "400")):
        response = responses.setdefault(str(status), {})
        response.setdefault("content", _ERROR)
        response["description"] = _when(status)
    operation["responses"] = dict(sorted(responses.items()))


def _when(status: int) -> str:
    return " Or: ".join(code.when for code in ErrorCode if code.status == status)


def _possible(operation: dict[str, Any]) -> Iterator[int]:
    """The errors that the framework or the middleware may answer to such an operation."""
    parameters = operation.get("parameters", ())
    yield from (400, 401, 403, 429, 500, 503)
    if any(parameter["in"] == "path" for parameter in parameters):
        yield 404
    if "requestBody" in operation:
        yield from (408, 413, 415)
    if "requestBody" in operation or any(one["in"] != "path" for one in parameters):
        yield 422
