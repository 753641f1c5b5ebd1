"""Every code that is raised stands in the table, and nothing stands there that is never raised."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backend.app import create_app
from backend.core.error_codes import ErrorCode, code_of
from backend.core.settings import Settings
from backend.store.errors import StoreError
from ols.errors import OlsError

ROOT = Path(__file__).parents[3]
TREES = [
    ast.parse(path.read_text())
    for folder in ("backend", "worker")
    for path in (ROOT / folder).rglob("*.py")
    if path.name != "error_codes.py"
]


def _all_of(kind: type[Any]) -> Iterator[type[Any]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _all_of(child)


def _raised_statuses() -> set[int]:
    """Statuses of the HTTPExceptions that the code raises, and of those that the framework does."""
    calls = (node for tree in TREES for node in ast.walk(tree) if isinstance(node, ast.Call))
    named = (call for call in calls if getattr(call.func, "id", "") == "HTTPException")
    own = {call.args[0].value for call in named if isinstance(call.args[0], ast.Constant)}
    return {int(str(status)) for status in own} | {400, 404, 405, 422}


def test_every_error_of_library_and_store_has_a_code_of_the_table() -> None:
    for kind in _all_of(OlsError):
        assert kind.code in set(ErrorCode), kind
    for kind in _all_of(StoreError):
        assert isinstance(kind.code, ErrorCode), kind


def test_every_status_that_is_raised_has_a_code() -> None:
    statuses = {code.status for code in ErrorCode}
    assert _raised_statuses() <= statuses
    assert [code_of(status) for status in (404, 418, 599)] == [
        "not_found",
        "bad_request",
        "internal",
    ]


def test_every_code_of_the_table_is_raised() -> None:
    named = {
        node.attr
        for tree in TREES
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "ErrorCode"
    }
    used = {ErrorCode[name] for name in named}
    used |= {code_of(status) for status in _raised_statuses()}
    used |= {ErrorCode(kind.code) for kind in _all_of(OlsError)}
    assert set(ErrorCode) - used == set()


def test_codes_are_documented(tmp_path: Path) -> None:
    app = create_app(Settings(_env_file=None, data_dir=tmp_path))
    code = app.openapi()["components"]["schemas"]["ErrorBody"]["properties"]["code"]
    for each in ErrorCode:
        assert f"`{each}`" in code["description"]
        assert each.when in code["description"]
