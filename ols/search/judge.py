"""Whether a setting is given up at an epoch at which all are compared: Optuna's ASHA."""

from __future__ import annotations

from collections.abc import Sequence

import optuna

from ols.search.tried import Tried, study
from ols.spec.search import Halving
from ols.spec.sweep import Sweep


def gives_up(sweep: Sweep, tried: Sequence[Tried], place: int, epoch: int) -> bool:
    """Of `tried[place]` at this epoch, among all that have come as far.

    The first ones to come are not compared with many: that is what makes it asynchronous.
    """
    ours = tried[place].at_rungs.get(epoch)
    if ours is None:  # it diverged
        return True
    rung = study(sweep, [])
    # One rung alone: its competitors are those that have a value there.
    factor = (sweep.halving or Halving()).factor
    rung.pruner = optuna.pruners.SuccessiveHalvingPruner(epoch, factor)
    for number, each in enumerate(tried):
        if number != place and epoch in each.at_rungs:
            _arrives(rung, epoch, each.at_rungs[epoch])
    return _arrives(rung, epoch, ours)


def _arrives(rung: optuna.Study, epoch: int, value: float) -> bool:
    trial = rung.ask()
    trial.report(value, epoch)
    return trial.should_prune()
