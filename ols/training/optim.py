"""Optimisers, and the learning rate as a plain function of the step.

Weight decay applies to all parameters, biases and batch norm included, as in the paper's code
and PyTorch's defaults. The rate needs no state: a checkpoint stores the step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from ols.spec.parts.optimisation import SGD, Cosine, Steps
from ols.spec.run_spec import RunSpec


def build_optimizer(
    optimizer: Any, model: nn.Module, further: Iterable[nn.Parameter] = ()
) -> torch.optim.Optimizer:
    """The optimiser of `spec.optimizer`; `further`: parameters that the criterion learns."""
    parameters = [*model.parameters(), *further]
    if isinstance(optimizer, SGD):
        return torch.optim.SGD(
            parameters,
            lr=optimizer.lr,
            momentum=optimizer.momentum,
            nesterov=optimizer.nesterov,
            weight_decay=optimizer.weight_decay,
        )
    return torch.optim.AdamW(parameters, lr=optimizer.lr, weight_decay=optimizer.weight_decay)


def build_schedule(
    spec: RunSpec, steps_per_epoch: int, begins_after: int = 0
) -> Callable[[int], float]:
    """step (from 0, over the whole run) -> learning rate.

    `begins_after`: the epoch after which the schedule begins, over the epochs that are left.
    """
    schedule, peak = spec.schedule, spec.optimizer.lr
    epochs, before = spec.epochs - begins_after, begins_after * steps_per_epoch
    if isinstance(schedule, Cosine):
        warmup = schedule.warmup_epochs * steps_per_epoch
        rate = cosine(peak, schedule.min_lr, warmup, epochs * steps_per_epoch)
        return lambda step: rate(step - before)
    if isinstance(schedule, Steps):
        milestones = schedule.milestones or default_milestones(epochs)
        borders = [milestone * steps_per_epoch + before for milestone in milestones]
        return lambda step: peak * schedule.gamma ** sum(step >= border for border in borders)
    return lambda step: peak


def cosine(peak: float, low: float, warmup: int, total: int) -> Callable[[int], float]:
    """A linear rise over `warmup` steps, then half a cosine that would reach `low` at `total`."""

    def rate(step: int) -> float:
        if step < warmup:
            return peak * (step + 1) / warmup
        done = (step - warmup) / (total - warmup)
        return low + 0.5 * (peak - low) * (1 + math.cos(math.pi * done))

    return rate


def default_milestones(epochs: int) -> tuple[int, ...]:
    """After 1/2 and 3/4 of the run (the paper: 150 and 225 of 300)."""
    return tuple(sorted({epoch for epoch in (epochs // 2, epochs * 3 // 4) if epoch > 0}))


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate
