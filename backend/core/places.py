"""The pages that one can go to from anywhere: links of the bar or the foot, all under Ctrl+K."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A page; a template marks it as the current one by its name. `group`: the bar's menu that
    holds it, empty for a link of its own."""

    name: str
    title: str
    href: str
    help: str
    group: str = ""


PLACES = (
    Place("runs", "Runs", "/", "every run, newest first"),
    Place("experiments", "Experiments", "/experiments", "sweeps, their seeds and results"),
    Place(
        "table", "Table", "/table", "means, deviations and tests, as papers print them", "Results"
    ),
    Place("noise", "Noise", "/noise", "accuracy and calibration against wrong labels", "Results"),
    Place("compare", "Compare", "/compare", "runs side by side", "Results"),
    Place("methods", "Methods", "/methods", "ways to turn labels into targets"),
    Place("workers", "Workers", "/workers", "who trains, and what waits"),
    Place("new", "New run", "/runs/new", "the form, for one run or a sweep"),
)

# Links at the foot of every page, for what is set once.
AT_THE_FOOT = (
    Place("notifications", "Notifications", "/notifications", "who is told when something happens"),
)
