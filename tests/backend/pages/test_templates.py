"""Templates and their contexts agree, and nothing a user wrote becomes markup."""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module
from pkgutil import walk_packages

import pytest
from jinja2 import meta, nodes

from backend import pages
from backend.pages.shared.context import Context
from backend.pages.shared.render import environment, json_block
from backend.pages.shared.sheets import TEMPLATES

CONTEXTS = [
    kind
    for module in walk_packages(pages.__path__, f"{pages.__name__}.")
    for kind in vars(import_module(module.name)).values()
    if isinstance(kind, type) and issubclass(kind, Context) and kind.__module__ == module.name
    if kind is not Context
]

MACROS = (
    "shared/_macros.html",
    "runs/_cells.html",  # of which runs/columns.py takes its own
    "shared/_player.html",
    "run/_panels.html",
    "new_run/_field.html",
    "shared/_charts.html",
    "shared/_choice.html",
    "table/_table.html",
)  # they see arguments


def _used(name: str) -> set[str]:
    """Names that a template and what it extends or includes take from their context."""
    jinja = environment()
    assert jinja.loader is not None
    tree = jinja.parse(jinja.loader.get_source(jinja, name)[0])
    found = set(meta.find_undeclared_variables(tree)) - set(jinja.globals)
    for imported in tree.find_all(nodes.FromImport):  # blocks see them, which `meta` does not know
        found -= {name for name in imported.names if isinstance(name, str)}
    for other in meta.find_referenced_templates(tree):
        assert other is not None
        if other not in MACROS:
            found |= _used(other)
    return found


@pytest.mark.parametrize("context", CONTEXTS, ids=lambda kind: kind.__name__)
def test_a_template_uses_only_its_context(context: type[Context]) -> None:
    given = {field.name for field in fields(context)}
    rows = ("runs/page.html", "runs/_rows.html")
    loops = {"run"} if context.template in rows else set()  # the row's, from its loop
    assert _used(context.template) <= given | loops


@pytest.mark.parametrize("context", CONTEXTS, ids=lambda kind: kind.__name__)
def test_a_context_holds_nothing_unused(context: type[Context]) -> None:
    given = {field.name for field in fields(context)} - {"queue"}
    assert given <= _used(context.template)


@pytest.mark.parametrize("name", MACROS)
def test_macros_see_only_their_arguments(name: str) -> None:
    assert _used(name) == set()


def test_every_template_is_somebodys() -> None:
    used: set[str] = set()
    jinja = environment()
    waiting = [*(kind.template for kind in CONTEXTS), "runs/_cells.html"]
    while waiting:
        name = waiting.pop()
        if name in used:
            continue
        used.add(name)
        source = (TEMPLATES / name).read_text()
        waiting += [t for t in meta.find_referenced_templates(jinja.parse(source)) if t]
    assert used == {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}


def test_no_template_holds_a_script_or_a_handler() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        assert " onclick" not in text
        for start in text.split("<script")[1:]:
            head = start.split(">")[0]
            assert "src=" in head or 'type="application/json"' in head, path.name


def test_json_cannot_end_its_script() -> None:
    text = json_block({"name": "</script><b>"})
    assert "</" not in text
    assert "\\u003c/script" in text
