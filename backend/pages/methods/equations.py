"""Equations of the method pages, as a browser draws them."""

from __future__ import annotations

from functools import cache

from markupsafe import Markup


@cache
def mathml(latex: str) -> Markup:
    """MathML of our own LaTeX."""
    from latex2mathml.converter import convert  # loaded with the first page that has an equation

    return Markup(convert(latex, display="block"))
