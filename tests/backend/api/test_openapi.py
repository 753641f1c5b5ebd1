"""The description of the API: whole, valid, and the same as what the routes say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from backend.server.answers import Json
from tests.backend.contract import check, description

ROOT = Path(__file__).parents[3]


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, verbs in description()["paths"].items():
        for verb, operation in verbs.items():
            yield f"{verb.upper()} {path}", operation


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema within that names properties."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


def test_it_is_valid_and_served_at_both_addresses(client: Any) -> None:
    served = client.get("/openapi.json").json()
    validate(served)
    assert served == client.get("/api/openapi.json").json() == description()


def test_every_operation_says_what_it_does_and_answers() -> None:
    for name, operation in operations():
        assert 5 < len(operation["summary"]) < 100, name
        good = {s: one for s, one in operation["responses"].items() if s.startswith("2")}
        assert good, name
        for status, answer in good.items():
            contents = answer.get("content", {})
            assert contents or status == "204", name
            for content in contents.values():
                assert content["schema"], f"{name} does not say what it answers"


def test_every_error_has_the_one_shape() -> None:
    shape = {"$ref": "#/components/schemas/ErrorAnswer"}
    for name, operation in operations():
        for status, answer in operation["responses"].items():
            if status < "400" or (name, status) == ("GET /healthz", "503"):
                continue
            assert answer["content"]["application/json"]["schema"] == shape, (name, status)


def test_operation_ids_are_function_names() -> None:
    ids = [operation["operationId"] for _, operation in operations()]
    assert all(one.isidentifier() for one in ids)
    assert len(set(ids)) == len(ids)


def test_no_object_has_room_for_undescribed_keys() -> None:
    for schema in objects(description()["components"]["schemas"]):
        assert "additionalProperties" in schema, schema.get("title")


@pytest.mark.parametrize(
    ("content", "status", "fault"),
    [
        ({"runs": [], "next_cursor": None}, 200, ""),
        ({"runs": [], "next_cursor": None, "total": 0}, 200, "total"),
        ({"runs": []}, 200, "next_cursor"),
        ({"runs": [], "next_cursor": float("nan")}, 200, ""),  # leaves as null
        ({"runs": [], "next_cursor": None}, 202, "no status"),
        ({"error": "sorry"}, 404, "sorry"),
    ],
)
def test_the_client_of_the_tests_finds_what_is_not_described(
    content: Any, status: int, fault: str
) -> None:
    import httpx

    made = Json(content, status)
    answer = httpx.Response(status, content=made.body, headers=dict(made.headers))
    path = "/api/runs/1" if status == 404 else "/api/runs"
    if not fault:
        check("GET", path, answer)
        return
    with pytest.raises(AssertionError, match=fault):
        check("GET", path, answer)


def test_no_test_asks_the_application_with_another_client() -> None:
    own = Path(__file__).parents[1] / "contract.py"
    name = "starlette." + "testclient"
    users = [path for path in ROOT.glob("tests/**/*.py") if name in path.read_text()]
    assert users == [own]
