"""From gradients to an update of the weights: accumulation, clipping, scaled gradients.

An update follows each batch, or each `accumulate` of them (and an epoch's last). Its gradient is
the mean over all their images, so that four batches of 32 train as one of 128 does, but for batch
norm, which sees one batch at a time. Gradients are clipped by their common L2 norm, those that the
criterion learns by included (`torch.nn.utils.clip_grad_norm_`; Pascanu et al., ICML 2013).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ols.errors import FieldError, SpecError
from ols.spec.run_spec import RunSpec
from ols.training.precision import Precision


@dataclass(frozen=True)
class BatchShare:
    """What a batch is of its update: its `share` of the images, the first of its batches, the
    last."""

    share: float = 1.0
    first: bool = True
    last: bool = True


WHOLE = BatchShare()


def shares_of(sizes: Sequence[int], accumulate: int) -> tuple[BatchShare, ...]:
    """Of each of an epoch's batches, which have so many images."""
    shares = []
    for start in range(0, len(sizes), accumulate):
        group = sizes[start : start + accumulate]
        for place, size in enumerate(group):
            last = place == len(group) - 1
            shares.append(BatchShare(size / sum(group), place == 0, last))
    return tuple(shares)


class WeightUpdates:
    """`sizes`: of an epoch's batches, over all processes. Raises SpecError where an update would
    need more batches than there are."""

    def __init__(
        self,
        spec: RunSpec,
        optimizer: torch.optim.Optimizer,
        precision: Precision,
        sizes: Sequence[int],
    ) -> None:
        if spec.accumulate > len(sizes):
            message = f"must not exceed the batches of an epoch ({len(sizes)})"
            raise SpecError([FieldError("accumulate", message)])
        self.shares = shares_of(sizes, spec.accumulate)
        self.scaler = torch.amp.GradScaler(precision.device_type, enabled=precision.scaled)
        self._optimizer = optimizer
        self._clip_norm = spec.optimizer.clip_norm

    def backward(self, loss: Tensor, batch: BatchShare) -> None:
        """Adds the gradients of a batch's mean loss."""
        if batch.first:
            self._optimizer.zero_grad(set_to_none=True)
        if batch.share < 1:
            loss = loss * batch.share
        self.scaler.scale(loss).backward()

    def update(self) -> None:
        """Moves the weights."""
        if self._clip_norm:
            self.scaler.unscale_(self._optimizer)
            groups = self._optimizer.param_groups
            trained = [parameter for group in groups for parameter in group["params"]]
            torch.nn.utils.clip_grad_norm_(trained, self._clip_norm)
        self.scaler.step(self._optimizer)
        self.scaler.update()
