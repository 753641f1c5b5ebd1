"""Who asks: the person behind a request, and what their role lets them change.

The door (backend.server.door) says it once per request; the store writes it beside what it changes,
pages leave out what it may not do. Without people in the lab, and in a worker, it is nobody, who
may do everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

FIRST_ADMIN = "admin"  # the name of whoever holds OLS_TOKEN


class Role(StrEnum):
    """What a person may do."""

    VIEWER = "viewer"  # looks
    MEMBER = "member"  # changes runs: all, or with OLS_MEMBERS_CHANGE=own the own ones
    ADMIN = "admin"  # changes all, and sees who is signed in


@dataclass(frozen=True)
class Actor:
    """A person as the door knows them."""

    name: str
    role: Role
    own_only: bool = False  # of a member: whether they change only runs that they own

    def may_change(self, owner: str | None) -> bool:
        """Whether they may change what belongs to `owner`; None belongs to nobody."""
        if self.role == Role.MEMBER and self.own_only:
            return owner == self.name
        return self.role != Role.VIEWER


_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)


def actor() -> Actor | None:
    """Who asks; None where nobody has to say who they are."""
    return _actor.get()


def actor_name() -> str | None:
    """Their name, for what they submit and change."""
    return who.name if (who := actor()) else None


def may_add() -> bool:
    """Whether they may submit runs."""
    return (who := actor()) is None or who.role != Role.VIEWER


def may_change(owner: str | None) -> bool:
    """Whether they may change what belongs to `owner`."""
    return (who := actor()) is None or who.may_change(owner)


@contextmanager
def acting(who: Actor | None) -> Iterator[None]:
    """Whatever the block does is theirs."""
    token = _actor.set(who)
    try:
        yield
    finally:
        _actor.reset(token)
