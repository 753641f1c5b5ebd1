"""The one place of colours that mean something: one per method, one dash per run.

Okabe and Ito's palette (safe for the colour-blind), darkened or lightened where needed so that a
line stands out by 3:1 on white and on the dark panel. The baseline is grey on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence

from ols.catalogue import METHODS

METHOD_COLOURS = {
    "hard": "#77818c",
    "label_smoothing": "#1f87d0",
    "ols": "#d9601a",
    "bootstrap_soft": "#0e9a75",
    "bootstrap_hard": "#5f9e3a",
    "disturb_label": "#b57be0",
    "sce": "#c0679a",
    "gce": "#b98a00",
    "focal": "#d2556a",
}
_SPARE = ("#0e9a75", "#c0679a", "#b98a00", "#8a76d6")

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARKS = ("circle", "square", "diamond", "cross", "x", "triangle-up")


def method_colour(name: str) -> str:
    """A method's colour; one that is not listed gets a spare one by its place in the catalogue."""
    if name in METHOD_COLOURS:
        return METHOD_COLOURS[name]
    names = [entry.name for entry in METHODS]
    return _SPARE[(names.index(name) if name in names else len(name)) % len(_SPARE)]


def dashes(methods: Sequence[str]) -> list[str]:
    """A dash for each run: the first of a method is solid, the next ones differ."""
    seen: dict[str, int] = {}
    found = []
    for method in methods:
        count = seen.get(method, 0)
        found.append(DASHES[count % len(DASHES)])
        seen[method] = count + 1
    return found
