"""Optimisers, and the learning rate as a plain function of the step.

Weight decay applies to all parameters, biases and batch norm included, as in the paper's code
and PyTorch's defaults, or (`decay_norms` off) to those of two and more axes, as in timm's
`param_groups_weight_decay`. The rate needs no state: a checkpoint stores the step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from ols.spec.parts.optimisation import SGD, Cosine, CosineRestarts, Steps
from ols.spec.run_spec import RunSpec

Rate = Callable[[int], float]  # step (from 0) -> learning rate


def build_optimizer(
    optimizer: Any, model: nn.Module, further: Iterable[nn.Parameter] = ()
) -> torch.optim.Optimizer:
    """The optimiser of `spec.optimizer`; `further`: parameters that the criterion learns."""
    parameters: list[Any] = [*model.parameters(), *further]
    if not optimizer.decay_norms:
        parameters = [
            {"params": [each for each in parameters if each.ndim > 1]},
            {"params": [each for each in parameters if each.ndim <= 1], "weight_decay": 0.0},
        ]
    if isinstance(optimizer, SGD):
        return torch.optim.SGD(
            parameters,
            lr=optimizer.lr,
            momentum=optimizer.momentum,
            nesterov=optimizer.nesterov,
            weight_decay=optimizer.weight_decay,
        )
    return torch.optim.AdamW(parameters, lr=optimizer.lr, weight_decay=optimizer.weight_decay)


def build_schedule(spec: RunSpec, steps_per_epoch: int, begins_after: int = 0) -> Rate:
    """step (from 0, over the whole run) -> learning rate; a linear rise over the warm-up first.

    `begins_after`: the epoch after which the schedule begins, over the epochs that are left.
    """
    peak, warmup = spec.optimizer.lr, spec.schedule.warmup_epochs * steps_per_epoch
    later = _after_warmup(spec, spec.epochs - begins_after, steps_per_epoch, warmup)

    def rate(step: int) -> float:
        step -= begins_after * steps_per_epoch
        return peak * (step + 1) / warmup if step < warmup else later(step)

    return rate


def _after_warmup(spec: RunSpec, epochs: int, steps_per_epoch: int, warmup: int) -> Rate:
    """Cosines begin when the warm-up ends; milestones count from the schedule's first epoch."""
    schedule, peak = spec.schedule, spec.optimizer.lr
    if isinstance(schedule, Cosine):
        length = epochs * steps_per_epoch - warmup
        return lambda step: cosine(peak, schedule.min_lr, step - warmup, length)
    if isinstance(schedule, CosineRestarts):
        first = schedule.first_epochs * steps_per_epoch
        return lambda step: cosine(
            peak, schedule.min_lr, *within_period(step - warmup, first, schedule.growth)
        )
    if isinstance(schedule, Steps):
        milestones = schedule.milestones or default_milestones(epochs)
        borders = [milestone * steps_per_epoch for milestone in milestones]
        return lambda step: peak * schedule.gamma ** sum(step >= border for border in borders)
    return lambda step: peak


def cosine(peak: float, low: float, step: int, length: int) -> float:
    """At `step` of half a cosine from `peak`, which would reach `low` at `length`."""
    return low + 0.5 * (peak - low) * (1 + math.cos(math.pi * (step / length)))


def within_period(step: int, first: int, growth: int) -> tuple[int, int]:
    """The step counted from its period's begin, and the period's length; the first is `first`
    steps long, each other `growth` times as long as the one before."""
    length = first
    while step >= length:
        step, length = step - length, length * growth
    return step, length


def default_milestones(epochs: int) -> tuple[int, ...]:
    """After 1/2 and 3/4 of the run (the paper: 150 and 225 of 300)."""
    return tuple(sorted({epoch for epoch in (epochs // 2, epochs * 3 // 4) if epoch > 0}))


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate
