"""What the run page's head says of results: in short, and what was measured once at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.analysis.targets import short_title, targets
from ols.spec.metrics import metric, shown


@dataclass(frozen=True)
class Fact:
    """One number, as the page writes it."""

    title: str
    value: str
    help: str
    note: str = ""


def brief(run: Mapping[str, Any]) -> list[Fact]:
    """The best and the last accuracy, and calibration beside it; dashes before the first epoch."""
    return [_brief(run, target) for target in targets("brief")]


def final_test(run: Mapping[str, Any]) -> list[Fact]:
    """On the test set; empty before the end, and where a run measures nothing then."""
    summary = run["summary"]
    return [
        Fact(each.short.removeprefix("test "), each.text(summary[each.name]["last"]), each.heading)
        for each in shown("final")
        if each.name in summary and summary[each.name]["last"] is not None
    ]


def _brief(run: Mapping[str, Any], target: str) -> Fact:
    name, _, which = target.rpartition(".")
    measured = metric(name)
    summary = run["summary"].get(name, {})
    epoch = summary.get("best_epoch") if which == "best" else None
    note = f"epoch {epoch}" if epoch else ""
    return Fact(short_title(target), measured.text(summary.get(which)), measured.help, note)
