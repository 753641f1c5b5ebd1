"""What a run's numbers say, in one line."""

from __future__ import annotations

from typing_extensions import TypedDict


class VerdictPhrase(TypedDict):
    """A part of the line; `panel` is the id of the part of the run's page that shows it."""

    text: str
    panel: str


class RunVerdict(TypedDict):
    """The whole line as `sentence`; no phrases, and an empty sentence, before the first epoch.

    `when` says how far the numbers of a run reach that has not finished. It is one run, so one
    seed: it says nothing of how another seed would have ended.
    """

    sentence: str
    when: str
    phrases: list[VerdictPhrase]
