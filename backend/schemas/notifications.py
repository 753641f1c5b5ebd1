"""Who is notified of what, and whether it arrives; never an address."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict


class RecipientState(TypedDict):
    """An address by its name; of a service that has it in its environment. `error` is of the last
    try, null where it succeeded; the other fields are null where there is nothing to say."""

    name: str
    events: list[str]
    waiting: int  # events that it has not been told of
    last_sent_at: datetime | None
    error: str | None
    next_try_at: datetime | None
    given_up: int  # events that were too old when a try failed
    given_up_at: datetime | None


class Notifications(TypedDict):
    """`problem` says what this service lacks to send; empty where nothing is missing.

    `last_event` is the newest event's id: `/api/events?after=` it brings what happens from now on.
    """

    recipients: list[RecipientState]
    quiet: str
    problem: str
    last_event: int


class TestResult(TypedDict):
    """`error` is null where the message arrived."""

    name: str
    error: str | None


class TestResults(TypedDict):
    """One for each address of this service."""

    results: list[TestResult]
