"""Ablations of OLS ready to run: sweeps over one choice of the method each, three seeds.

Only plain values live here. The form (`/runs/new?ablation=alpha`) lays one over whatever it shows;
what the ablation needs of the common spec stands in `spec`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SEEDS = [0, 1, 2]


@dataclass(frozen=True)
class Ablation:
    """A named sweep: `grid` as in `ols.spec.sweep`, `spec` what all its runs need."""

    name: str
    title: str
    help: str
    grid: dict[str, list[Any]]
    spec: dict[str, Any] = field(default_factory=lambda: {"method": {"name": "ols"}})


def _of_ols(name: str, title: str, help: str, path: str, values: list[Any]) -> Ablation:
    return Ablation(name, title, help, {path: values, "seed": SEEDS})


ABLATIONS: tuple[Ablation, ...] = (
    _of_ols(
        "alpha",
        "Balance α",
        "From soft labels alone (0) to plain cross-entropy (1); the paper reports 0.5 as best.",
        "method.alpha",
        [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0],
    ),
    _of_ols(
        "period",
        "Update period",
        "How many epochs a soft label is used before it is updated; the paper uses 1.",
        "method.period",
        [1, 2, 5, 10],
    ),
    _of_ols(
        "counted",
        "Counted samples",
        "Soft labels from the correctly classified samples (the paper) or from all.",
        "method.counted",
        ["correct", "all"],
    ),
    _of_ols(
        "initial",
        "Initial S",
        "What supervises the first epoch; implementations differ here.",
        "method.initial",
        ["uniform", "zeros", "label_smoothing", "identity"],
    ),
    _of_ols(
        "empty-class",
        "Empty class",
        "The soft label of a class without a correct prediction in an epoch; matters with many "
        "classes.",
        "method.empty_class",
        ["uniform", "keep", "zero"],
    ),
    Ablation(
        "epochs",
        "Epochs",
        "Hard labels, label smoothing and OLS stopped earlier and later: "
        "their order depends on whether the network gets to memorise wrong labels.",
        {
            "method": ["hard", "label_smoothing", "ols"],
            "epochs": [6, 12, 20, 40],
            "seed": SEEDS,
        },
    ),
)
