"""What a run measured once, at its end, on the test set: a line of the run page's head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ols.spec.metrics import shown


@dataclass(frozen=True)
class Fact:
    """One number, as the page writes it."""

    title: str
    value: str
    help: str


def final_test(run: Mapping[str, Any]) -> list[Fact]:
    """What there is; empty before the end, and where a run measures nothing then."""
    summary = run["summary"]
    return [
        Fact(each.short.removeprefix("test "), each.text(summary[each.name]["last"]), each.heading)
        for each in shown("final")
        if each.name in summary and summary[each.name]["last"] is not None
    ]
