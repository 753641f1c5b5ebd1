"""A page's style sheets as one file: one request, not nine.

A template names its own in its block `styles`, with nothing but spaces between; those of every page
come before them. `together/css/tokens+base+controls+topbar+run.css` holds them in that order.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from backend.pages.shared.modules import ROOT

TEMPLATES = Path(__file__).parents[3] / "frontend" / "templates"
OF_ALL_PAGES = ("tokens", "base", "controls", "topbar")
BLOCK = re.compile(r"\{% block styles %\}([\w ]*)\{% endblock %\}")


def sheet_name(own: str) -> str:
    """Of the sheets that a template's block names: `css/tokens+base+controls+topbar+run.css`."""
    return f"css/{'+'.join((*OF_ALL_PAGES, *own.split()))}.css"


@cache
def sheet_names() -> frozenset[str]:
    """Those that templates ask for."""
    texts = (path.read_text() for path in TEMPLATES.rglob("*.html"))
    return frozenset(sheet_name(own) for text in texts for own in BLOCK.findall(text))


def sheets(name: str) -> str:
    """The text of one of them."""
    names = name.removeprefix("css/").removesuffix(".css").split("+")
    return "".join((ROOT / "css" / f"{each}.css").read_text() for each in names)
