"""Which fields of a search matter: fANOVA (Hutter et al. 2014), by Optuna."""

from __future__ import annotations

from collections.abc import Sequence

import optuna

from ols.search.tried import Tried, study
from ols.spec.sweep import Sweep

LEAST = 8  # settings that came to an end, below which the shares would be guesses


def importance(sweep: Sweep, tried: Sequence[Tried]) -> dict[str, float]:
    """Path -> share of the objective's variance, the largest first; empty while too few are done.

    Of the fields that all settings have: a conditional one can't be weighed against them.
    """
    done = [each for each in tried if each.state == "complete" and each.value is not None]
    if len(done) < LEAST or len({each.value for each in done}) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    shares = optuna.importance.get_param_importances(study(sweep, done), evaluator=evaluator)
    return {path: float(share) for path, share in shares.items()}
