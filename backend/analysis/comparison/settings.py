"""Runs as settings: those that differ in nothing but the seed are repetitions of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.analysis.formats import shortened
from backend.analysis.tables.curves import group_titles, repetitions
from backend.schemas.runs import RunRow

Runs = Sequence[RunRow]


@dataclass(frozen=True)
class Group:
    """A setting with its runs, or a run alone; `places` are those of its runs in the comparison."""

    title: str
    method: str  # empty: a logged run that named none
    places: tuple[int, ...]
    first: int  # the number of its first run, by which the address names it


def settings(runs: Runs) -> list[Group]:
    """Each setting, in the order of its first run."""
    places = repetitions(runs)
    titles = group_titles(runs, places)
    return [
        Group(title, runs[group[0]]["method"] or "", tuple(group), runs[group[0]]["id"])
        for title, group in zip(titles, places, strict=True)
    ]


def each(runs: Runs) -> list[Group]:
    """Every run by itself."""
    return [
        Group(f"{shortened(run['name'])} #{run['id']}", run["method"] or "", (place,), run["id"])
        for place, run in enumerate(runs)
    ]


def as_settings(runs: Runs, groups: Sequence[Group], asked: str) -> bool:
    """Are means shown? As the address says, else where runs of a setting have several seeds: what
    one seed shows of a method may be chance."""
    return asked in ("mean", "settings") or (not asked and any(_seeds(runs, g) > 1 for g in groups))


def _seeds(runs: Runs, group: Group) -> int:
    specs = [runs[place]["spec"] for place in group.places]
    return len({spec["seed"] for spec in specs if spec is not None})


def pair(groups: Sequence[Group], ours: int, base: int) -> tuple[Group | None, Group]:
    """Whose classes are compared with whose: OLS with hard labels where both are there."""
    by_first = {group.first: group for group in groups}
    theirs = by_first.get(base) or next((g for g in groups if g.method == "hard"), groups[0])
    others = [group for group in groups if group is not theirs]
    default = next((g for g in others if g.method == "ols"), others[0] if others else None)
    return by_first.get(ours) or default, theirs
