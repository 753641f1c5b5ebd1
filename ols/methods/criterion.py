"""What a criterion is, and what it may ask of the loop that trains with it.

    loss = criterion(logits, targets)           # shapes: ols.methods.targets
    loss = criterion(logits, targets, step)     # where `needs_step`: samples, images

A method says what a sample costs, `losses`; shapes, half precision, ignored samples and the mean
are the same for all. One that follows the epochs, remembers samples or has a teacher has hooks
around an epoch. What must outlive an epoch lies in its buffers, so `state_dict` is enough to
resume; the rest follows from `begin_epoch`. Any other `nn.Module` of two arguments will do too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ols.methods.targets import (
    Reduction,
    as_rows,
    check_range,
    check_shapes,
    in_float32,
    loss_shape,
)
from ols.spec.parts.noise import Noise

NO_NOISE = Noise()


@dataclass(frozen=True)
class RunContext:
    """What a method may know of its run. `labels` (N,) are the training labels as given, on the
    run's device; `transition` (K, K) float32 are the shares of the samples of each true class (row)
    that were given each label; `model` is the network, to copy and never to train; `files` is where
    files that a spec names lie, None where their content comes from a checkpoint."""

    num_classes: int
    labels: Tensor | None = None
    noise: Noise = NO_NOISE
    transition: Tensor | None = None
    seed: int = 0
    model: nn.Module | None = None
    files: Path | None = None

    def required_labels(self) -> Tensor:
        """`labels`; raises ValueError if a custom loop did not give them."""
        if self.labels is None:
            raise ValueError("this method remembers each sample: give `labels`, those of all")
        return self.labels


@dataclass(frozen=True)
class Step:
    """A training step beside its logits: `indices` (B,) into the training set, and `images`
    (B, C, H, W) as the network saw them."""

    indices: Tensor
    images: Tensor

    def select(self, samples: Tensor) -> Step:
        """Those where the mask (B,) holds."""
        return Step(self.indices[samples], self.images[samples])


class Criterion(nn.Module, ABC):
    """A loss for each sample, what is made of them, and hooks around an epoch.

    `reduction`: the mean over the samples, their sum, or the losses in the shape of the targets.
    Samples whose target is `ignore_index` are left out as if they were not there, which makes a GPU
    wait once per step; None: there are none. An empty batch costs 0.
    `needs_step`: it is called with a Step too, and then with logits (B, K) alone.
    """

    needs_step: bool = False

    def __init__(self, *, reduction: Reduction = "mean", ignore_index: int | None = None) -> None:
        super().__init__()
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f"reduction must be mean, sum or none, not {reduction!r}")
        self.reduction = reduction
        self.ignore_index = ignore_index

    @abstractmethod
    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        """(B,) from logits (B, K), float32 or better, and targets (B,) int64 or (B, K) mixed.

        `step` is None unless the method needs it.
        """

    def forward(self, logits: Tensor, targets: Tensor, step: Step | None = None) -> Tensor:
        shape = self._check(logits, targets, step)
        if logits.dim() != 2:
            logits, targets = as_rows(logits, targets)
        labelled = None
        if self.ignore_index is not None and not targets.is_floating_point():
            labelled = targets.ne(self.ignore_index)
            logits, targets = logits[labelled], targets[labelled]
            step = step and step.select(labelled)
        losses = self._losses(in_float32(logits), targets, step)
        if self.reduction == "none":
            if labelled is not None:
                losses = losses.new_zeros(len(labelled)).masked_scatter(labelled, losses)
            return losses.view(shape)
        return losses.mean() if self.reduction == "mean" and len(losses) else losses.sum()

    def begin_epoch(self, epoch: int, epochs: int, model: nn.Module) -> bool:
        """Before epoch `epoch` of `epochs`, counted from 1; `model` as it is now.

        Answers whether the loss means something else from here on, so that it may rise.
        """
        return False

    def end_epoch(self) -> None:
        """After the last step of an epoch, on every process that trains the run."""

    def after_validation(self, confidences: Tensor, hits: Tensor) -> None:
        """After an epoch's validation: the confidence of each sample (M,) and whether it was right,
        the same on every process."""

    @property
    def learns(self) -> bool:
        """Whether a step may be remembered: not under no_grad, where a validation forgot eval()."""
        return self.training and torch.is_grad_enabled()

    def _check(self, logits: Tensor, targets: Tensor, step: Step | None) -> torch.Size:
        """Raises ValueError for what does not fit; the losses' shape."""
        name = type(self).__name__
        if self.needs_step and step is None:
            raise ValueError(f"{name} needs to know the samples: call it with a Step too")
        if self.needs_step and logits.dim() != 2:
            raise ValueError(
                f"{name} follows samples: logits must have shape (batch, K), not "
                f"{tuple(logits.shape)}"
            )
        axis = min(1, logits.dim() - 1)
        check_shapes(logits, targets, logits.shape[axis] if logits.dim() else 0)
        return loss_shape(logits)

    def _losses(self, logits: Tensor, targets: Tensor, step: Step | None) -> Tensor:
        # An empty share too: the other processes may wait for this one's part of a sum.
        try:
            return self.losses(logits, targets, cast(Step, step))
        except (IndexError, RuntimeError):
            if not targets.is_floating_point() and targets.device.type == "cpu":
                check_range(targets, logits.shape[1], self.ignore_index)
            raise  # something else is wrong, such as two devices


def compute_loss(criterion: nn.Module, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
    """The loss of a training step, whatever the criterion asks for."""
    if isinstance(criterion, Criterion) and criterion.needs_step:
        return cast(Tensor, criterion(logits, targets, step))
    return cast(Tensor, criterion(logits, targets))


def begin_epoch(criterion: nn.Module, epoch: int, epochs: int, model: nn.Module) -> bool:
    """Answers whether the loss means something else from here on."""
    return isinstance(criterion, Criterion) and criterion.begin_epoch(epoch, epochs, model)


def end_epoch(criterion: nn.Module) -> None:
    if isinstance(criterion, Criterion):
        criterion.end_epoch()


def after_validation(criterion: nn.Module, answers: Callable[[], tuple[Tensor, Tensor]]) -> None:
    """`answers` gives confidences and hits; they are asked for by a criterion that wants them."""
    if not isinstance(criterion, Criterion):
        return
    if type(criterion).after_validation is not Criterion.after_validation:
        criterion.after_validation(*answers())


def trained_parameters(criterion: nn.Module) -> list[nn.Parameter]:
    """What the optimiser trains beside the network; a teacher is frozen.

    Under several processes their gradients are averaged, as DistributedDataParallel does with the
    network's. Call it once.
    """
    trained = [parameter for parameter in criterion.parameters() if parameter.requires_grad]
    if dist.is_available() and dist.is_initialized():
        for parameter in trained:
            parameter.register_post_accumulate_grad_hook(_average)
    return trained


def epoch_after(share: float, epochs: int) -> int:
    """The last epoch of a first phase that takes `share` of a run: at least one, at most all but
    one where there are two."""
    return max(1, min(round(share * epochs), max(1, epochs - 1)))


def _average(parameter: Any) -> None:
    dist.all_reduce(parameter.grad)
    parameter.grad.div_(dist.get_world_size())
