"""What the templates of methods may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from backend.analysis.method_results import Table
from backend.pages.contexts.base import Context


@dataclass(frozen=True)
class Setting:
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
    settings: list[Setting]
    tables: list[Table]
    finding: str  # what we make of them
    tried: list[Table]  # what was changed to explain them
