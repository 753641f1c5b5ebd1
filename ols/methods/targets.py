"""Logits and targets of a batch: what shapes and values a loss takes, with errors that say so.

As nn.CrossEntropyLoss: logits (B, K), (B, K, d1, ...) with a class at each place, or (K,) of one
sample; targets are classes, int64 of the same shape without K, or distributions over the classes,
float of the logits' shape, as Mixup and CutMix give them ("mixed").
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

Reduction = Literal["mean", "sum", "none"]
_NONE_IGNORED = torch.iinfo(torch.int64).min


def check_shapes(logits: Tensor, targets: Tensor, num_classes: int) -> None:
    """Raises ValueError unless logits and targets fit each other and the number of classes."""
    if not logits.dim() or logits.shape[_class_axis(logits)] != num_classes:
        raise ValueError(
            f"logits must have shape (batch, {num_classes}), (batch, {num_classes}, ...) or "
            f"({num_classes},), not {_shape(logits)}"
        )
    if not logits.is_floating_point():
        raise ValueError(f"logits must be floating point, not {logits.dtype}")
    if targets.dtype == torch.int64:
        if targets.shape != loss_shape(logits):
            raise ValueError(
                f"targets must have shape {tuple(loss_shape(logits))}, not {_shape(targets)}"
            )
    elif not targets.is_floating_point() or targets.dim() < logits.dim():
        raise ValueError(
            f"targets must be int64 class indices of shape {tuple(loss_shape(logits))} or float "
            f"mixed targets of shape {_shape(logits)}, not {targets.dtype} of shape "
            f"{_shape(targets)}"
        )
    elif targets.shape != logits.shape:
        raise ValueError(f"mixed targets must have shape {_shape(logits)}, not {_shape(targets)}")


def loss_shape(logits: Tensor) -> torch.Size:
    """One loss for each sample and place."""
    axis = _class_axis(logits)
    return logits.shape[:axis] + logits.shape[axis + 1 :]


def as_rows(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Logits of any shape as (B, K), with their targets (B,) or (B, K)."""
    rows = logits.movedim(_class_axis(logits), -1).reshape(-1, logits.shape[_class_axis(logits)])
    if targets.is_floating_point():
        return rows, targets.movedim(_class_axis(targets), -1).reshape(rows.shape)
    return rows, targets.reshape(-1)


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


def in_float32(logits: Tensor) -> Tensor:
    """Half precision as float32."""
    return logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits


def as_distributions(targets: Tensor, logits: Tensor) -> Tensor:
    """Targets (B, K) of the logits' type: mixed ones as they are, classes as one-hot rows."""
    if targets.is_floating_point():
        return targets.to(logits.dtype)
    return torch.zeros_like(logits).scatter_(1, targets.unsqueeze(1), 1.0)


def at_targets(losses: Tensor, targets: Tensor) -> Tensor:
    """Losses (B, K), one for each class that the target could be -> (B,), those of the targets; of
    a mixed one their mean, weighed by its shares."""
    if targets.is_floating_point():
        return (targets.to(losses.dtype) * losses).sum(1)
    return losses.gather(1, targets.unsqueeze(1)).squeeze(1)


def cross_entropies(logits: Tensor, targets: Tensor) -> Tensor:
    """(B,): -log p_y. A class out of range is an error: what is ignored was left out before."""
    if targets.is_floating_point():
        return F.cross_entropy(logits, targets.to(logits.dtype), reduction="none")
    return F.cross_entropy(logits, targets, reduction="none", ignore_index=_NONE_IGNORED)


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


def _class_axis(logits: Tensor) -> int:
    return 0 if logits.dim() == 1 else 1


def _shape(tensor: Tensor) -> tuple[int, ...]:
    return tuple(tensor.shape)
