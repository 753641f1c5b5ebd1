"""A logger for Lightning: `Trainer(logger=OLSLabLogger("my run"))`.

What `self.log` records is logged by step, and once more per epoch when an epoch ends, so that its
curves stand beside those of runs that the lab trains. Imports Lightning, which brings torch.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from lightning.fabric.loggers.logger import rank_zero_experiment
from lightning.pytorch.loggers.logger import Logger
from lightning.pytorch.utilities import rank_zero_only

from ols.client.lab import Lab
from ols.client.logged_run import LoggedRun
from ols.client.states import CANCELLED, FAILED, FINISHED


class OLSLabLogger(Logger):
    """Keywords are those of `Lab.run`; hyperparameters that the module saves join its `config`.

    Only rank 0 logs. The run begins with the first thing that is logged.
    """

    def __init__(self, name: str | None = None, *, lab: Lab | None = None, **keywords: Any) -> None:
        super().__init__()
        self._name, self._keywords = name, keywords
        self._lab = lab or Lab()
        self._config: dict[str, Any] = dict(keywords.pop("config", {}))
        self._run: LoggedRun | None = None

    @property
    def name(self) -> str | None:
        return self._name

    @property
    def version(self) -> int | None:
        """The run's number in the lab, once it has answered."""
        return self._run.id if self._run else None

    @property
    @rank_zero_experiment
    def experiment(self) -> LoggedRun:
        """The run, for `log_matrix` and the like."""
        if self._run is None:
            self._run = self._lab.run(self._name, config=self._config, **self._keywords)
        return self._run

    @rank_zero_only
    def log_hyperparams(
        self, params: Mapping[str, Any] | argparse.Namespace, *_: Any, **__: Any
    ) -> None:
        given = params if isinstance(params, Mapping) else vars(params)
        self._config |= {str(name): value for name, value in given.items()}

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Lightning puts the epoch among the metrics of an epoch's end."""
        values = dict(metrics)
        epoch = values.pop("epoch", None)
        by_epoch = epoch is not None and not any(name.endswith("_step") for name in values)
        place = {"epoch": int(epoch)} if by_epoch and epoch is not None else {"step": step or 0}
        self.experiment.log(values, **place)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """`status` is Lightning's: success, failed, or empty for an interrupt."""
        if self._run is not None:
            states = {"success": FINISHED, "failed": FAILED, "interrupted": CANCELLED}
            self._run.finish(states.get(status, FINISHED))
