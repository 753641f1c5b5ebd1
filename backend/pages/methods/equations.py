"""Equations of the method pages, as a browser draws them."""

from __future__ import annotations

from functools import cache

from latex2mathml.converter import convert
from markupsafe import Markup


@cache
def mathml(latex: str) -> Markup:
    """MathML of our own LaTeX."""
    return Markup(convert(latex, display="block"))
