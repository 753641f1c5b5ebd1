"""No value that a request can carry is a fault of the server: too large, of another type, no text.

The same tests run on PostgreSQL (tests/services), which refuses numbers and characters that SQLite
takes.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from backend.store.database import Database
from tests.backend.contract import description
from tests.support import factories as make

JSON = {"Content-Type": "application/json"}
BEYOND = (2**31, 2**63 - 1, 2**63, 10**30)
OLS = {"spec": {"method": "ols", "dataset": "digits"}}


def numbers(place: str) -> Iterator[tuple[str, str, str]]:
    """(method, path, name) of each whole number in a path or query."""
    for path, operations in description()["paths"].items():
        for method, operation in operations.items():
            for one in operation.get("parameters", []):
                kinds = [one["schema"], *one["schema"].get("anyOf", [])]
                if one["in"] == place and any(kind.get("type") == "integer" for kind in kinds):
                    yield method, path, one["name"]


def filled(path: str, **values: object) -> str:
    """The path with its parameters: those given, for the others what exists."""
    usual = {"kind": "soft_labels", "name": "w"}
    return re.sub(r"\{(\w+)\}", lambda m: str(values.get(m[1], usual.get(m[1], 1))), path)


@pytest.fixture
def lab(client: Any, database: Database) -> Any:
    """The client of a lab with a run that has everything."""
    make.trained(database, epochs=2, k=3)
    make.heartbeat(database, "w")
    return client


def test_numbers_are_found_in_paths_and_queries() -> None:
    assert len(list(numbers("path"))) > 30
    assert len(list(numbers("query"))) > 15


@pytest.mark.parametrize("number", BEYOND)
def test_a_number_beyond_its_column_is_not_there(lab: Any, number: int) -> None:
    for method, path, name in numbers("path"):
        body = {} if method == "get" else {"json": {}}
        answer = lab.request(method, filled(path, **{name: number}), **body)
        assert answer.status_code in (404, 422), (method, path, name)
        if method == "get":
            assert answer.status_code == 404, (path, name)


@pytest.mark.parametrize("number", BEYOND)
def test_a_number_beyond_its_column_is_refused_in_a_query(lab: Any, number: int) -> None:
    for method, path, name in numbers("query"):
        if path.endswith("/events") and number <= 2**63 - 1:
            continue  # such an id of an event is possible, and its stream does not end
        answer = lab.request(method, filled(path), params={"runs": "1", name: number})
        assert answer.status_code in (200, 422), (path, name)
        if number > 2**63 - 1:
            assert answer.status_code == 422, (path, name)


@pytest.mark.parametrize("number", BEYOND)
def test_a_number_beyond_its_column_is_refused_in_lists_of_runs(lab: Any, number: int) -> None:
    for path in ("/api/table", "/api/noise", "/api/compare", "/api/compare/curves"):
        assert lab.get(path, params={"runs": f"1,{number}"}).status_code == 422, path
    assert lab.get("/api/runs", params={"experiment": number}).status_code == 422
    assert lab.get("/api/runs", params={"q": f"#{number}"}).json()["runs"] == []


@pytest.mark.parametrize("number", BEYOND)
def test_an_action_names_runs_that_can_exist(lab: Any, number: int) -> None:
    body = {"ids": [1, number], "action": "pin"}
    answer = lab.post("/api/runs/actions", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"][0]["path"] == "ids.1"
    assert not lab.get("/api/runs/1").json()["pinned"]


@pytest.mark.parametrize("number", BEYOND)
def test_pages_say_that_such_a_run_is_not_there(lab: Any, number: int) -> None:
    html = {"Accept": "text/html"}
    for path in (f"/runs/{number}", f"/runs/new?from={number}", f"/experiments/{number}"):
        assert lab.get(path, headers=html).status_code == 404, path
    for path in (f"/compare?runs=1,{number}", f"/?q={number}", f"/fragments/runs?ids={number}"):
        assert lab.get(path, headers=html).status_code == 200, path


@pytest.mark.parametrize("text", ["a%00b", "%F0%9F", "%ED%A0%80", "-1", "1.0", "1e3", "٣"])
def test_a_text_in_a_path_is_nothings_name(lab: Any, text: str) -> None:
    for method, path, name in numbers("path"):
        if method == "get":
            assert lab.get(filled(path, **{name: text})).status_code == 404, (path, name)
    assert lab.get(f"/api/runs/1/matrices/{text}/1").status_code == 404
    assert lab.get(f"/api/runs/1/matrices/{text}/class/1").status_code == 404
    assert lab.post(f"/api/workers/{text}/drain").status_code == 404


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "\\udc00x"])
def test_a_text_that_no_database_takes_is_refused(lab: Any, text: str) -> None:
    for path, body in (
        ("/api/runs", '{"name": "%s", "spec": {"method": "ols", "dataset": "digits"}}'),
        ("/api/runs", '{"tags": ["%s"], "spec": {"method": "ols", "dataset": "digits"}}'),
        ("/api/runs", '{"spec": {"method": "%s"}}'),
        ("/api/runs", '{"spec": {"method": "ols", "preset": "%s"}}'),
        ("/api/runs", '{"spec": {"method": "ols", "%s": 1}}'),
        ("/api/runs", '{"spec": {"method": "ols", "dataset": {"name": "image_folder", '
         '"folder": "%s"}}}'),
        ("/api/experiments", '{"name": "%s", "spec": {"method": "ols"}, "grid": {"seed": [0]}}'),
        ("/api/experiments", '{"notes": "%s", "spec": {"method": "ols"}, "grid": {"seed": [0]}}'),
        ("/api/experiments", '{"spec": {"method": "%s"}, "grid": {"seed": [0]}}'),
        ("/api/experiments", '{"spec": {"method": "ols"}, "grid": {"dataset": ["%s"]}}'),
        ("/api/runs/actions", '{"ids": [1], "action": "tag", "tag": "%s"}'),
        ("/api/runs/actions", '{"ids": [1], "action": "rename", "name": "%s"}'),
        ("/api/runs/actions", '{"ids": [1], "action": "%s"}'),
    ):  # fmt: skip
        answer = lab.post(path, content=body % text, headers=JSON)
        assert answer.status_code == 422, (path, body)
    for body in ('{"name": "%s"}', '{"notes": "%s"}', '{"tags": ["%s"]}', '{"%s": 1}'):
        answer = lab.patch("/api/runs/1", content=body % text, headers=JSON)
        assert answer.status_code == 422, body


def test_a_truth_value_is_no_number(lab: Any) -> None:
    for path, body, field in (
        ("/api/runs", {**OLS, "priority": False}, "priority"),
        ("/api/runs", {"spec": {"method": "ols", "epochs": True}}, "spec.epochs"),
        ("/api/runs", {"spec": {"method": {"name": "ols", "alpha": True}}}, "spec.method.alpha"),
        ("/api/runs", {"spec": {"method": "ols", "seed": False}}, "spec.seed"),
        ("/api/experiments", {"grid": {"method": ["ols"]}, "parallel": True}, "parallel"),
        ("/api/experiments", {"grid": {"method": ["ols"]}, "seed": True}, "seed"),
        ("/api/experiments", {"spec": {"method": "ols"}, "grid": {"epochs": [True]}}, "epochs"),
        ("/api/runs/actions", {"ids": [True], "action": "pin"}, "ids.0"),
        ("/api/runs/actions", {"ids": [1], "action": "priority", "priority": True}, "priority"),
    ):
        answer = lab.post(path, json=body)
        assert answer.status_code == 422, body
        assert field in answer.json()["error"]["fields"][0]["path"], body
    assert lab.patch("/api/runs/1", json={"priority": True}).status_code == 422


# What each order's values are not. A cursor holds the order, a value and an id.
_NEVER = ("true", "[]", "{}", '"\\u0000"', '"\\ud800"', "NaN", "1e400", "9" * 400)
_WRONG = {
    "id": (*_NEVER, '"x"', "1.5", "-1"),
    "epochs": (*_NEVER, '"x"', "1.5", "-1", str(2**31), str(2**63)),
    "-noise_rate": (*_NEVER, '"x"', '"0.5"'),
    "val_top1.best": (*_NEVER, '"x"', '"0.5"'),
    "spec.seed": (*_NEVER, '"x"', '"5"'),
    "-name": (*_NEVER, "1", "1.5"),
    "spec.method.name": (*_NEVER, "1", "1.5"),
    "created_at": (*_NEVER, "1", '"x"', '"2026-01-01"', '"2026-01-01T00:00:00"',
                   '"0001-01-01T00:00:00+14:00"'),
}  # fmt: skip
_RIGHT = {
    "id": "1", "epochs": "30", "-noise_rate": "0.2", "val_top1.best": "0.5", "spec.seed": "0",
    "-name": '"x"', "spec.method.name": '"ols"', "created_at": '"2026-01-01T00:00:00Z"',
}  # fmt: skip
_BAD_IDS = ("true", "null", '"1"', "1.5", "-1", str(2**31), str(2**63), "[]", "1e3", "")


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def malformed() -> Iterator[tuple[str, str]]:
    """(order, cursor): of everything that is none, one fault at a time."""
    for sort, wrong in _WRONG.items():
        for value in wrong:
            yield sort, cursor(f'["{sort}",{value},7]')
        for value, number in itertools.product((_RIGHT[sort], "null"), _BAD_IDS):
            yield sort, cursor(f'["{sort}",{value},{number}]')
        for other in {*_WRONG, "nothing", ""} - {sort}:
            yield sort, cursor(f'["{other}",{_RIGHT[sort]},7]')
        whole = f'["{sort}",{_RIGHT[sort]},7]'
        for text in (*(whole[:end] for end in range(len(whole))), whole + "x", whole + "," + whole):
            yield sort, cursor(text)
        for junk in ("x", "%", "ü", "====", "A" * 19_000, "bnVsbA", "eyJhIjoxfQ", "W10", "\ud83d"):
            yield sort, junk.encode("utf-8", "replace").decode()


@pytest.mark.slow
def test_malformed_cursors(lab: Any) -> None:
    every = list(malformed())
    assert len(every) > 500
    for sort, text in every:
        answer = lab.get("/api/runs", params={"sort": sort, "cursor": text})
        if text:
            assert answer.status_code == 422, (sort, text)
            assert answer.json()["error"]["fields"][0]["path"] == "cursor"


def test_the_right_values_make_a_cursor(lab: Any) -> None:
    for sort, value in _RIGHT.items():
        for given in (value, "null"):
            text = cursor(json.dumps([sort, json.loads(given), 7]))
            answer = lab.get("/api/runs", params={"sort": sort, "cursor": text})
            assert answer.status_code == 200, (sort, given)
