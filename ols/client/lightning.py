"""A logger for Lightning: `Trainer(logger=OLSLabLogger("my run"))`.

Metrics that a module logs once per epoch are logged by epoch, when the epoch is over, so that their
curves stand beside those of runs that the lab trains; others by step. Imports Lightning, which
brings torch.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from lightning.fabric.loggers.logger import rank_zero_experiment
from lightning.pytorch.loggers.logger import Logger
from lightning.pytorch.utilities import rank_zero_only

from ols.client.lab import Lab
from ols.client.logged_run import LoggedRun, end_by


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
        self._epoch = 0
        self._once: dict[str, tuple[int, float]] = {}  # in this epoch: step and value
        self._of_steps: set[str] = set()

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
        """Lightning does not say which metrics are an epoch's: it names epoch and step with all.

        One that comes twice within an epoch belongs to steps from then on. What has come once when
        the epoch is over is the epoch's.
        """
        values, at = dict(metrics), step or 0
        epoch = int(values.pop("epoch", self._epoch))
        if epoch != self._epoch:
            self._end_epoch()
            self._epoch = epoch
        for name, value in values.items():
            if name in self._once:
                self._of_steps.add(name)
                first, before = self._once.pop(name)
                self.experiment.log({name: before}, step=first)
            if name not in self._of_steps:
                self._once[name] = at, value
        if of_steps := {name: values[name] for name in values if name in self._of_steps}:
            self.experiment.log(of_steps, step=at)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """`status` is Lightning's: `failed` of Ctrl-C too, which it is handling then."""
        self._end_epoch()
        if self._run is None:
            return
        if status == "failed":
            error = sys.exception()
            self._run.finish(*(end_by(error) if error is not None else (status,)))
        else:
            self._run.finish("cancelled" if self._run.cancel_requested else "finished")

    def _end_epoch(self) -> None:
        if self._once:
            values = {name: value for name, (_, value) in self._once.items()}
            self.experiment.log(values, epoch=self._epoch)
            self._once.clear()
