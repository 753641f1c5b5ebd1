"""Texts as they are compared: `fold("GRÖSSE") == fold("größe") == fold("Gro\u0308ße")`.

Neither database can do it by itself: SQLite's lower() and LIKE know the 26 letters of ASCII, and
what PostgreSQL's do depends on the locale of the cluster. So folded copies are stored, and both
databases compare bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import normalize


def fold(text: str) -> str:
    """Unicode's canonical caseless form, composed: a letter is never a part of its accented one.

    It may be longer than the text: "ß" becomes "ss".
    """
    return normalize("NFC", normalize("NFD", text).casefold())


def fold_rare(text: str | None) -> str | None:
    """None where every database's lower() says the same, which spares keeping a copy."""
    return None if text is None or text.isascii() else fold(text)


def distinct(texts: Iterable[str]) -> list[str]:
    """The first spelling of each, in their order."""
    first: dict[str, str] = {}
    for text in texts:
        first.setdefault(fold(text), text)
    return list(first.values())
