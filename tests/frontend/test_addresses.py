"""An absolute address stands inside `url(...)`: below a prefix (OLS_ROOT_PATH) any other fails."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import Route

from backend.app import app

ROOT = Path(__file__).parents[2]
FRONTEND = [*ROOT.glob("frontend/templates/**/*.html"), *ROOT.glob("frontend/static/js/**/*.js")]
SERVER = [path for room in ("api", "pages") for path in ROOT.glob(f"backend/{room}/**/*.py")]

# What a page's address begins with: /runs, /api, ...
HEADS = {r.path.split("/")[1] for r in app.routes if isinstance(r, Route)} - {""}
ADDRESS = rf"/(?:(?:{'|'.join(map(re.escape, sorted(HEADS)))})\b|[?#]|(?=[\"'`]))"
NO_ADDRESS = ("url", "Router", "Link", "re.compile")
BARE = re.compile(rf"(?<!\burl\()[\"'`]{ADDRESS}")


def bare_in_text(text: str) -> list[str]:
    """The lines of a template or a script that spell an address beside `url(...)`."""
    code = re.sub(r"^\s*//.*$|/\*.*?\*/|\{#.*?#\}", "", text, flags=re.M | re.S)
    return [line.strip() for line in code.splitlines() if BARE.search(line)]


def bare_in_python(text: str) -> Iterator[str]:
    """The same of a module; a route's own path is no address, nor is what a template wraps."""
    wrapped: set[ast.AST] = set()
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                wrapped |= set(ast.walk(decorator))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in NO_ADDRESS:
            wrapped |= set(ast.walk(node))
        if isinstance(node, ast.JoinedStr):
            wrapped |= set(node.values[1:])
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and node not in wrapped else None
        if isinstance(text, str) and re.match(ADDRESS, text):
            yield text


@pytest.mark.parametrize("path", FRONTEND, ids=lambda path: path.name)
def test_pages_and_scripts_spell_no_address_beside_url(path: Path) -> None:
    assert bare_in_text(path.read_text()) == []


@pytest.mark.parametrize("path", SERVER, ids=lambda path: "/".join(path.parts[-2:]))
def test_the_server_spells_no_address_beside_url(path: Path) -> None:
    assert list(bare_in_python(path.read_text())) == []


def test_a_bare_address_is_seen() -> None:
    for line in ('<a href="/runs/new">', "fetch('/api/runs')", 'fetch(`/fragments/runs/${id}`)',
                 '<form action="/">', 'link.href = "/?state=queued"'):  # fmt: skip
        assert bare_in_text(line), line
    for line in ('<a href="{{ url("/runs/new") }}">', "fetch(url(`/api/runs`))", '// asks "/api"'):
        assert not bare_in_text(line), line
    assert list(bare_in_python('href = f"/runs/{number}"'))
    assert not list(bare_in_python('href = url(f"/runs/{number}")'))
