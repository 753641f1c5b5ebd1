"""The one place of colours that mean something: one per method, one dash per run.

A method's colour stands in its class (ols/spec/methods). The first are Okabe and Ito's (safe for
the colour-blind), darkened or lightened where needed so that a line stands out by 3:1 on white and
on the dark panel. The others were picked greedily: each the colour that lies furthest from those
before it in OKLab, as everybody and as the green-blind see it (tests/backend/core/test_palette.py
suggests the next). Twenty-five can't all be told apart at a glance: a chart of a few methods can,
and every line has its name. The baseline is grey on purpose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from zlib import crc32

from ols.spec.catalogue import METHODS

METHOD_COLOURS = {entry.name: entry.part.colour for entry in METHODS if entry.part.colour}
_SPARE = ("#0e9a75", "#c0679a", "#b98a00", "#8a76d6")

# Lines of one chart that stand for no method: told apart by dash and legend, too.
LINES = ("#1f87d0", "#c0679a", "#0e9a75", "#b98a00", "#8a76d6")

# Of a matrix's probabilities, from little to much: those of frontend/static/js/pure/colour.js.
PROBABILITIES = (
    *("#fcfbf8", "#fbe3ba", "#f6b16b", "#e8704f"),
    *("#bb3a6b", "#7a2379", "#3a1560", "#140a2b"),
)

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARKS = ("circle", "square", "diamond", "cross", "x", "triangle-up")


def method_colour(name: str | None) -> str:
    """A method's colour; a name without one gets a spare colour, always the same."""
    if not name:
        return LINES[0]
    return METHOD_COLOURS.get(name) or _SPARE[crc32(name.encode()) % len(_SPARE)]


def dashes(methods: Sequence[str]) -> list[str]:
    """A dash for each run: the first of a method is solid, the next ones differ."""
    runs: Counter[str] = Counter()
    of_runs = []
    for method in methods:
        of_runs.append(DASHES[runs[method] % len(DASHES)])
        runs[method] += 1
    return of_runs
