"""One choice of a spec, as the form, the API and the docs show it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ols.spec.parts.base import Part


@dataclass(frozen=True)
class Entry:
    """One choice: `name` is its name in a spec, `part` the spec's class that holds its fields.

    A method also has its `equation` (LaTeX), the `module` of ols.methods that implements it, and
    a sentence on when to use it (`use`).
    """

    name: str
    title: str
    part: type[Part]
    paper: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    equation: str = ""
    use: str = ""
    module: str = ""

    def docstring(self) -> str:
        """Of the module of ols.methods that implements it; read, for to import it loads torch."""
        path = Path(__file__).parents[1] / "methods" / f"{self.module}.py"
        return ast.get_docstring(ast.parse(path.read_text())) or ""

    def describe(self) -> dict[str, Any]:
        """As JSON: help is the class's docstring, parameters its schema's properties."""
        parameters = {k: v for k, v in _properties(self.part).items() if k != "name"}
        method = {"equation": self.equation, "use": self.use} if self.equation else {}
        return {
            "name": self.name,
            "title": self.title,
            "help": (self.part.__doc__ or "").strip(),
            "paper": self.paper,
            "parameters": parameters,
            **method,
            **self.facts,
        }


@cache
def _properties(part: type[Part]) -> dict[str, Any]:
    properties: dict[str, Any] = part.model_json_schema()["properties"]
    return properties
