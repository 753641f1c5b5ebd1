"""What a run measured once, at its end, on the test set: a line of the run page's head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.analysis.formats import metric
from backend.analysis.names import metric_title

# metric -> its short title; the long one is the help
_SHOWN = {
    "test_top1": "top-1",
    "test_top5": "top-5",
    "test_nll": "NLL",
    "test_ece": "ECE",
    "test_ece_scaled": "ECE scaled",
    "test_best_top1": "best epoch's top-1",
    "test_best_ece": "its ECE",
    "test_fgsm_top1": "FGSM top-1",
    "test_pgd_top1": "PGD top-1",
    "test_ensemble_top1": "ensemble top-1",
    "test_ensemble_nll": "its NLL",
    "test_ensemble_ece": "its ECE",
}


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
        Fact(title, metric(name, summary[name]["last"]), metric_title(name))
        for name, title in _SHOWN.items()
        if name in summary and summary[name]["last"] is not None
    ]
