"""People, sign-ins, and what was changed of runs, as the API answers them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from backend.core.actor import Role


class PersonRow(TypedDict):
    """Somebody with a token; `disabled_at` is null of whom it lets in."""

    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None


class SignInRow(TypedDict):
    """A browser that is signed in."""

    id: int
    person: str
    browser: str
    address: str
    created_at: datetime
    expires_at: datetime


class Account(TypedDict):
    """Who asks, and where they are signed in; nobody in a lab without people."""

    name: str | None
    role: Role | None
    sign_ins: list[SignInRow]


class People(TypedDict):
    """Everybody, and where they are signed in."""

    people: list[PersonRow]
    sign_ins: list[SignInRow]


class RunChange(TypedDict):
    """Who changed what of a run, and when; `details` by action, for example what it was before."""

    person: str
    action: str
    details: dict[str, Any]
    made_at: datetime


class RunChanges(TypedDict):
    """The newest first."""

    changes: list[RunChange]
