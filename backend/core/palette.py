"""The one place of colours that mean something: one per method, one dash per run.

Okabe and Ito's palette (safe for the colour-blind), darkened or lightened where needed so that a
line stands out by 3:1 on white and on the dark panel. The baseline is grey on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence

from ols.spec.catalogue import METHODS

# The last sixteen were picked greedily: each the colour that lies furthest from those before it in
# OKLab, as everybody and as the green-blind see it. Twenty-five can't all be told apart at a
# glance: a chart of a few methods can, and every line has its name.
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
    "label_smoothing_pp": "#6c3cfc",
    "zipf": "#846000",
    "maxsup": "#7854a8",
    "mbls": "#fc48c0",
    "logit_norm": "#cc48fc",
    "logit_penalty": "#007878",
    "pairwise_confusion": "#9c5454",
    "tf_kd_self": "#3060cc",
    "tf_kd_reg": "#c024a8",
    "ps_kd": "#d81800",
    "nce_rce": "#786cf0",
    "forward_correction": "#c08484",
    "backward_correction": "#8484c0",
    "joint_optimization": "#fc5460",
    "elr": "#6c8448",
    "sat": "#c02478",
}
_SPARE = ("#0e9a75", "#c0679a", "#b98a00", "#8a76d6")

# Lines of one chart that stand for no method: told apart by dash and legend, too.
LINES = ("#1f87d0", "#c0679a", "#0e9a75", "#b98a00", "#8a76d6")

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
    in_order = []
    for method in methods:
        count = seen.get(method, 0)
        in_order.append(DASHES[count % len(DASHES)])
        seen[method] = count + 1
    return in_order
