"""What a role may do, by method and path alone: a new route that changes something is closed to
viewers without a word of its own.
"""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from backend.core.actor import Actor, Role
from backend.store import owners

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Unsafe by their method alone: questions that are too long for an address, and what is one's own.
# The tools of an agent ask the lab itself, as the person whose agent it is.
FOR_VIEWERS = re.compile(
    r"POST /api/(runs/estimate|experiments/preview)"
    r"|POST /fragments/.*"
    r"|POST /sign-out"
    r"|DELETE /api/sign-ins/[^/]*"
    r"|(POST|DELETE) /mcp"
)
FOR_ADMINS = re.compile(r"[A-Z]+ /api/people(/.*)?")

# Whose they are matters where OLS_MEMBERS_CHANGE says own.
_OWNED = re.compile(r"/api/(?P<what>runs|experiments)/(?P<number>[^/]+)(/.*)?")
_NO_NUMBER = frozenset({"actions", "estimate", "logged", "preview"})  # actions: store/owners.py
_COPIES = re.compile(  # into runs and an experiment of one's own
    r"POST /api/(runs/[^/]+/(clone|forks?)|experiments/[^/]+/confirm)"
)
_MOST_DIGITS = 9


def refusal(who: Actor, method: str, path: str) -> str:
    """Why somebody of this role may not ask for this; empty where they may."""
    what = f"{method} {path}"
    if who.role != Role.ADMIN and FOR_ADMINS.fullmatch(what):
        return f"Only an admin sees who is signed in; {who.name} is a {who.role}."
    if who.role == Role.VIEWER and not is_harmless(method, path):
        return (
            f"{who.name} is a viewer and changes nothing here; an admin can give another role "
            "(`python -m backend user role`)."
        )
    return ""


def is_harmless(method: str, path: str) -> bool:
    """Whether every role may ask for this."""
    return method in SAFE_METHODS or FOR_VIEWERS.fullmatch(f"{method} {path}") is not None


def asks_whose(who: Actor, method: str, path: str) -> bool:
    """Whether `owner_refusal` has to look whose run or experiment the path names."""
    return who.own_only and who.role == Role.MEMBER and _number_in(method, path) is not None


def owner_refusal(session: Session, who: Actor, method: str, path: str) -> str:
    """Why they may not change what the path names, by its owner; empty where they may."""
    named = _number_in(method, path)
    assert named is not None
    number = named["number"]
    if not (number.isascii() and number.isdecimal()):  # whatever it would be taken for
        return f"{number[:40]!r} is no number."
    if len(number.lstrip("0")) > _MOST_DIGITS:
        return ""  # there is no such one
    return owners.refusal(session, who, named["what"], int(number))


def _number_in(method: str, path: str) -> re.Match[str] | None:
    if is_harmless(method, path) or _COPIES.fullmatch(f"{method} {path}"):
        return None
    named = _OWNED.fullmatch(path)
    return named if named and named["number"] not in _NO_NUMBER else None
