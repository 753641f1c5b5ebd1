"""Which fields of a search matter: fANOVA (Hutter et al. 2014), by Optuna."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import optuna

from ols.search.tried import Tried, study
from ols.spec.sweep import Sweep

LEAST = 8  # settings, below which the shares would be guesses


def importance(sweep: Sweep, weighed: Sequence[Tried]) -> dict[str, float]:
    """Path -> share of the objective's variance, the largest first; empty while too few are known.

    `weighed`: of `comparable`. Of the fields that all of them have: a conditional one can't be
    weighed against the others.
    """
    if len(weighed) < LEAST or len({each.value for each in weighed}) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    shares = optuna.importance.get_param_importances(study(sweep, weighed), evaluator=evaluator)
    return {path: float(share) for path, share in shares.items()}


def comparable(sweep: Sweep, tried: Sequence[Tried]) -> tuple[int | None, list[Tried]]:
    """Settings with a value of one kind: at their end; with asha, which few reach, at the first
    epoch of comparison, which is named."""
    rungs = [epoch for each in tried for epoch in each.at_rungs]
    if sweep.pruner == "asha" and rungs:
        first = min(rungs)
        there = [(each, each.at_rungs.get(first)) for each in tried]
        return first, [replace(each, state="complete", value=value)
                       for each, value in there if value is not None]  # fmt: skip
    ended = [each for each in tried if each.state == "complete" and each.value is not None]
    return None, ended
