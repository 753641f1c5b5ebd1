"""`/methods` and `/methods/{name}`: what each training method does, with its equation."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from fastapi.responses import Response
from markupsafe import Markup

from backend.analysis.method_results import Table, finding, tables, tried
from backend.api.params import Config, Db
from backend.pages.methods import story
from backend.pages.methods.equations import mathml
from backend.pages.methods.story import Story
from backend.pages.methods.story_file import story_file
from backend.pages.shared.context import Context
from backend.pages.shared.render import page, queue_of
from backend.server.late_routes import Router
from backend.store.errors import NotFound
from ols.spec.catalogue import METHODS
from ols.spec.choice import Entry
from ols.spec.methods.base import MethodSpec

router = Router()


@dataclass(frozen=True)
class MethodSetting:
    """One of a method's parameters."""

    name: str
    title: str
    default: str
    help: str


@dataclass(frozen=True)
class MethodsPage(Context):
    """`/methods`"""

    template = "methods/page.html"
    methods: list[dict[str, Any]]  # as the catalogue describes them


@dataclass(frozen=True)
class MethodPage(Context):
    """`/methods/{name}`"""

    template = "methods/method.html"
    method: dict[str, Any]
    equation: Markup  # MathML
    notes: list[tuple[bool, str]]  # (plain-text equation?, paragraph)
    settings: list[MethodSetting]
    tables: list[Table]
    finding: str  # what we make of them
    tried: list[Table]  # what was changed to explain them
    story: Story | None  # how it works, told; of OLS alone


@router.get("/methods")
def listing(database: Db, config: Config) -> Response:
    """All methods, with their first sentence and their paper."""
    with database.read() as session:
        queue = queue_of(session, config)
    return page(MethodsPage(queue=queue, methods=[entry.describe() for entry in METHODS]))


@router.get("/methods/{name}")
def method(name: str, database: Db, config: Config) -> Response:
    """One method: equation, when to use it, settings, and what we measured."""
    entry = next((entry for entry in METHODS if entry.name == name), None)
    if entry is None:
        raise NotFound(f"there is no method {name!r}; /methods lists all")
    with database.read() as session:
        queue = queue_of(session, config)
        told = story.story(session) if name == story.METHOD else None
    return page(
        MethodPage(
            queue=queue,
            method=entry.describe(),
            equation=mathml(entry.part.equation),
            notes=notes(entry),
            settings=settings(entry),
            tables=tables(name),
            finding=finding(name),
            tried=tried(name),
            story=told,
        )
    )


@router.get(f"/reports/methods/{story.METHOD}")
def download() -> Response:
    """The story in one HTML file that opens without a server."""
    headers = {
        "Content-Disposition": 'attachment; filename="online-label-smoothing.html"',
        "Cache-Control": "no-cache",
    }
    return Response(story_file(), headers=headers, media_type="text/html; charset=utf-8")


def notes(entry: Entry[MethodSpec]) -> list[tuple[bool, str]]:
    """The docstring's paragraphs but its title: (whether it is an equation in plain text, text)."""
    blocks = entry.part.code_docstring().split("\n\n")
    blocks = blocks[1:] or blocks
    return [
        (True, dedent(block)) if block.startswith("    ") else (False, " ".join(block.split()))
        for block in blocks
    ]


def settings(entry: Entry[MethodSpec]) -> list[MethodSetting]:
    """Its parameters as the form has them."""
    parameters: dict[str, dict[str, Any]] = entry.describe()["parameters"]
    return [
        MethodSetting(
            name, parameter["title"], _default(parameter["default"]), parameter["description"]
        )
        for name, parameter in parameters.items()
    ]


def _default(value: Any) -> str:
    if value is None or value == []:
        return "empty"
    return f"{value:g}" if isinstance(value, float) else str(value)
