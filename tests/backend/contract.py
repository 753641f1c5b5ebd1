"""A test client that holds every answer of the application against its own description.

Status and content type must be named for the operation, JSON must fit the schema, which knows every
key, and a number is never NaN. So whatever a test asks, it tests the description too.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs
from fastapi import FastAPI
from httpx import Request, Response

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Starlette would rather have httpx2
    from starlette.testclient import TestClient as _TestClient

# Of the API, but described by no operation.
_UNDESCRIBED = ("/api/openapi.json", "/openapi.json")


class TestClient(_TestClient):
    """Starlette's, which checks what it gets."""

    __test__ = False  # no class of tests, whatever its name

    def send(self, request: Request, **options: Any) -> Response:
        answer = super().send(request, **options)
        check(request.method, request.url.path, answer)
        return answer


def check(method: str, path: str, answer: Response) -> None:
    """Raises AssertionError where the answer is not one that the description names."""
    found = operation(method, path)
    if found is None:
        return
    where = f"{method} {path} -> {answer.status_code}"
    described = found["responses"].get(str(answer.status_code))
    assert described is not None, f"{where} is no status of {found['operationId']}"
    kinds: Mapping[str, Any] = described.get("content", {})
    if method == "HEAD" or not kinds:
        assert not answer.content, f"{where} has a body"
        return
    kind = answer.headers.get("content-type", "").partition(";")[0]
    assert kind in kinds, f"{where} is {kind!r}, not one of {sorted(kinds)}"
    for name in described.get("headers", {}):
        if name in _ALWAYS:
            assert name in answer.headers, f"{where} lacks {name}"
    if kind == "application/json":
        content = json.loads(answer.content, parse_constant=_no_constant)
        faults = _validator(json.dumps(kinds[kind]["schema"])).iter_errors(content)
        for fault in faults:
            raise AssertionError(f"{where}: {fault.instance_path}: {fault.message[:1000]}")


_ALWAYS = ("ETag", "X-Matrix-Shape", "X-Log-Next", "X-Log-Size")


def operation(method: str, path: str) -> dict[str, Any] | None:
    """The operation that answers there; None for pages, and where no operation is described."""
    if not path.startswith("/api/") or path in _UNDESCRIBED:
        known = description()["paths"].get(path, {})
        return known.get(method.lower().replace("head", "get"))
    for pattern, operations in _paths():
        if pattern.fullmatch(path):
            return operations.get(method.lower().replace("head", "get"))
    return None


@cache
def description() -> dict[str, Any]:
    """`/openapi.json`: the same for every application, and slow to make."""
    from backend.app import create_app
    from backend.core.settings import Settings

    app: FastAPI = create_app(Settings(_env_file=None))
    return json.loads(json.dumps(app.openapi()))


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """Addresses without parameters first: `/api/runs/groups` is no run."""
    paths = sorted(description()["paths"].items(), key=lambda item: item[0].count("{"))
    return [
        (re.compile(_SEGMENT.sub("[^/]+", path).replace("{name}", ".+")), value)
        for path, value in paths
    ]


# The name of a worker may hold slashes.
_SEGMENT = re.compile(r"\{(?!name\})\w+\}")


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    whole = {**json.loads(schema), "components": description()["components"]}
    return jsonschema_rs.Draft202012Validator(whole)


def _no_constant(name: str) -> float:
    raise AssertionError(f"{name} is no JSON")
