"""Targets of a batch: what shapes and values a loss takes, with errors that say so."""

from __future__ import annotations

import torch
from torch import Tensor


def check_shapes(logits: Tensor, targets: Tensor, num_classes: int) -> None:
    """Raises ValueError unless logits are (B, K) float and targets (B,) int64 or (B, K) float."""
    if logits.dim() != 2 or logits.shape[1] != num_classes:
        raise ValueError(f"logits must have shape (batch, {num_classes}), not {_shape(logits)}")
    if not logits.is_floating_point():
        raise ValueError(f"logits must be floating point, not {logits.dtype}")
    if targets.dtype == torch.int64:
        if targets.dim() != 1 or targets.shape[0] != logits.shape[0]:
            raise ValueError(f"targets must have shape ({logits.shape[0]},), not {_shape(targets)}")
    elif not targets.is_floating_point() or targets.dim() == 1:
        raise ValueError(
            "targets must be int64 class indices (batch,) or float mixed targets "
            f"(batch, {num_classes}), not {targets.dtype} of shape {_shape(targets)}"
        )
    elif targets.shape != logits.shape:
        raise ValueError(f"mixed targets must have shape {_shape(logits)}, not {_shape(targets)}")


def check_range(targets: Tensor, num_classes: int, ignore_index: int | None) -> None:
    """Raises ValueError for a class outside [0, K); waits for the device."""
    wrong = (targets < 0) | (targets >= num_classes)
    if ignore_index is not None:
        wrong &= targets.ne(ignore_index)
    if wrong.any():
        raise ValueError(
            f"target {int(targets[wrong][0])} is out of range: with {num_classes} classes "
            f"targets lie in [0, {num_classes - 1}]"
            + ("" if ignore_index is None else f" or equal {ignore_index}")
        )


def dominant_labels(mixed: Tensor) -> Tensor:
    """The class (B,) that weighs most in each mixed target (B, K), the first of equals."""
    return mixed.argmax(1)


def _shape(tensor: Tensor) -> tuple[int, ...]:
    return tuple(tensor.shape)


def prepare(logits: Tensor, targets: Tensor) -> Tensor:
    """The logits in float32 or better, once both are of the right shape (see `check_shapes`)."""
    check_shapes(logits, targets, logits.shape[1] if logits.dim() == 2 else 0)
    return logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits


def as_distributions(targets: Tensor, logits: Tensor) -> Tensor:
    """Targets (B, K) of the logits' type: mixed ones as they are, classes as one-hot rows."""
    if targets.is_floating_point():
        return targets.to(logits.dtype)
    return torch.zeros_like(logits).scatter_(1, targets.unsqueeze(1), 1.0)


def mean_over_targets(losses: Tensor, targets: Tensor) -> Tensor:
    """Losses (B, K), one for each class that the target could be -> their mean at the targets."""
    if targets.is_floating_point():
        return (targets.to(losses.dtype) * losses).sum(1).mean()
    return losses.gather(1, targets.unsqueeze(1)).mean()


def classes_of(targets: Tensor) -> Tensor:
    """(B,): classes as they are, the dominant one of mixed targets."""
    return dominant_labels(targets) if targets.is_floating_point() else targets


def sum_of_weights(
    targets: Tensor, labels: Tensor, ignored: Tensor | None, weight: Tensor | None
) -> Tensor | int:
    """What the sum of a batch's losses is divided by for their mean: the number of its samples, or
    the sum of their class weights (K,). At least 1 where nothing counts.

    labels (B,): the classes, 0 for those that the mask `ignored` (B,) leaves out.
    """
    if weight is None:
        return len(labels) if ignored is None else (len(labels) - ignored.sum()).clamp(min=1)
    if targets.is_floating_point():
        total = (targets * weight).sum()
    else:
        weights = weight.index_select(0, labels)
        total = (weights if ignored is None else weights.masked_fill(ignored, 0.0)).sum()
    return torch.where(total > 0, total, 1.0)
