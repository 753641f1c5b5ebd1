"""A page's modules as one file, put together when it is first asked for: one request, not sixty.

`together/js/pages/run.js` holds what every page needs (core/app.js), pages/run.js and all that
these import, but for what run-first.js has brought, which a page may load before. Each module
becomes a function whose result is what it exports. That takes no parser, for modules here import
and export in one form (a test checks it); each can still be had by itself.
"""

from __future__ import annotations

import re
from functools import cache
from graphlib import CycleError
from pathlib import Path

ROOT = Path(__file__).parents[3] / "frontend" / "static"
COMMON = "js/core/app.js"

_IMPORT = re.compile(r'^import (?:\{([^}]*)\} from )?"(\.[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)


def chunk(name: str) -> str:
    """The source of `together/NAME`. Raises KeyError where NAME is no page's module."""
    if name not in entries():
        raise KeyError(name)
    first = name.removesuffix(".js") + "-first.js"
    before = graph(first) if first in entries() else []
    starts = [name] if name.endswith("-first.js") else [COMMON, name]
    modules = [each for start in starts for each in graph(start)]
    return _together([each for each in dict.fromkeys(modules) if each not in before])


def standalone(name: str) -> str:
    """A module with all that it imports and nothing else: for a file that has no lab."""
    return _together(graph(name))


def _together(names: list[str]) -> str:
    return "const modules = (globalThis.modules ??= {});\n" + "".join(map(_wrapped, names))


@cache
def entries() -> frozenset[str]:
    """The modules that templates load."""
    return frozenset({COMMON, *(f"js/pages/{path.name}" for path in ROOT.glob("js/pages/*.js"))})


@cache
def imports(name: str) -> list[str]:
    """The modules that one imports itself."""
    return [_beside(name, target) for _, target in _IMPORT.findall((ROOT / name).read_text())]


def graph(name: str) -> list[str]:
    """A module and all that it imports in the order in which a browser runs them: each after those
    it needs, and these in the order of its imports. Raises CycleError."""
    order: dict[str, None] = {}
    _visit(name, (), order)
    return list(order)


def _visit(name: str, above: tuple[str, ...], order: dict[str, None]) -> None:
    if name in above:
        raise CycleError("modules import each other", [*above, name])
    if name in order:
        return
    for each in imports(name):
        _visit(each, (*above, name), order)
    order[name] = None


def _wrapped(name: str) -> str:
    """A module as a function: its imports come out of those before, its exports are returned."""
    source = (ROOT / name).read_text()
    exported = _EXPORT.findall(source)

    def taken(match: re.Match[str]) -> str:
        names = (match[1] or "").replace(" as ", ": ")
        return f"const {{{names}}} = modules[{_beside(name, match[2])!r}];\n" if names else ""

    body = _EXPORT.sub("", _IMPORT.sub(taken, source))
    body = body.replace("import.meta.url", f'new URL("../../../{name}", import.meta.url)')
    returned = ", ".join(exported)
    return f"modules[{name!r}] = (() => {{\n{body}\nreturn {{ {returned} }};\n}})();\n"


def _beside(name: str, target: str) -> str:
    path: Path = (ROOT / name).parent / target
    return path.resolve().relative_to(ROOT.resolve()).as_posix()
