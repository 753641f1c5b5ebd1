"""What a criterion is, and what it may ask of the loop that trains with it.

    loss = criterion(logits, targets)           # (B, K), and (B,) int64 or (B, K) mixed
    loss = criterion(logits, targets, step)     # where `needs_step`: samples, images

Most methods are the first line alone and any `nn.Module`. One that follows the epochs, remembers
samples or has a teacher is a Criterion: it has hooks around an epoch. What must outlive an epoch
is kept in its buffers, so `state_dict` is enough to resume; the rest follows from `begin_epoch`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch.distributed as dist
from torch import Tensor, nn

from ols.spec.parts.training_data import Noise

NO_NOISE = Noise()


@dataclass(frozen=True)
class RunContext:
    """What a method may know of its run. `labels` (N,) are the training labels as given, on the
    run's device; `model` is the network, to copy and never to train."""

    num_classes: int
    labels: Tensor | None = None
    noise: Noise = NO_NOISE
    seed: int = 0
    model: nn.Module | None = None

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


class Criterion(nn.Module):
    """A loss with hooks around an epoch; `needs_step`: it is called with a Step too."""

    needs_step: bool = False

    def begin_epoch(self, epoch: int, epochs: int, model: nn.Module) -> bool:
        """Before epoch `epoch` of `epochs`, counted from 1; `model` as it is now.

        Answers whether the loss means something else from here on, so that it may rise.
        """
        return False

    def end_epoch(self) -> None:
        """After the last step of an epoch, on every process that trains the run."""


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


def trained_parameters(criterion: nn.Module) -> list[nn.Parameter]:
    """What the optimiser trains beside the network; a teacher is frozen.

    Under several processes their gradients are averaged, as DistributedDataParallel does with the
    network's. Call it once.
    """
    parameters = [parameter for parameter in criterion.parameters() if parameter.requires_grad]
    if dist.is_available() and dist.is_initialized():
        for parameter in parameters:
            parameter.register_post_accumulate_grad_hook(_average)
    return parameters


def epoch_after(share: float, epochs: int) -> int:
    """The last epoch of a first phase that takes `share` of a run: at least one, at most all but
    one where there are two."""
    return max(1, min(round(share * epochs), max(1, epochs - 1)))


def _average(parameter: Any) -> None:
    dist.all_reduce(parameter.grad)
    parameter.grad.div_(dist.get_world_size())
