"""What one training epoch leaves behind: its losses and predictions, kept on the device.

Accuracy is that of the training-mode forward passes, measured while the weights move. A step on
mixed images says nothing of one image: see unmixed.py.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ols.distributed.ranks import Ranks
from ols.errors import Diverged

ALONE = Ranks()


class TrainRecord:
    """`given` (N,) are the labels trained on.

    `scaled`: the gradients are scaled (fp16), so that a step that overflows is skipped by the
    scaler and is no divergence by itself. `ranks` train together: each adds its share of a step.
    """

    def __init__(
        self, given: Tensor, steps: int, scaled: bool = False, ranks: Ranks = ALONE
    ) -> None:
        self._scaled = scaled
        self._ranks = ranks
        self._losses = torch.zeros(steps, device=given.device)
        self._sizes = torch.zeros(steps, dtype=torch.float64)
        self._predicted = torch.full_like(given, -1)
        self._steps = 0
        self._checked = 0

    def add(self, loss: Tensor, logits: Tensor, indices: Tensor, size: int) -> None:
        """One step on a batch of `size`, of which (B,) `indices` are this rank's.

        `loss` is the mean over this rank's samples. Nothing waits for the device.
        """
        self._losses[self._steps] = loss.detach() * (len(indices) / size)  # added up in check()
        self._sizes[self._steps] = size
        self._predicted[indices] = logits.detach().argmax(1)
        self._steps += 1

    def check(self, epoch: int) -> None:
        """Raises Diverged for the first step since the last check whose loss is not finite.

        Waits for the device: call it every few dozen steps.
        """
        losses = self._losses[self._checked : self._steps]
        self._ranks.sum_(losses)
        finite = losses.isfinite().tolist()
        if not (any(finite) if self._scaled else all(finite)):
            raise Diverged(epoch, self._checked + finite.index(False) + 1)
        self._checked = self._steps

    def loss(self) -> float:
        """The mean of the epoch's steps, once the last is checked."""
        losses = self._losses[: self._steps].double().cpu()
        usable = losses.isfinite()
        losses, sizes = losses[usable], self._sizes[: self._steps][usable]
        return float((losses * sizes).sum() / sizes.sum())

    def predicted(self) -> Tensor:
        """(N,): what each sample was taken for in its step, over all ranks; call it once."""
        self._predicted += 1  # 0 says: predicted by another rank
        self._ranks.sum_(self._predicted)
        return self._predicted - 1

    def skipped_steps(self) -> str | None:
        """A warning in words, where the scaler skipped steps."""
        skipped = int(self._losses[: self._steps].isfinite().logical_not().sum())
        if not skipped:
            return None
        return f"{skipped} of {self._steps} steps overflowed in fp16 and were skipped"


def training_accuracies(
    predicted: Tensor, given: Tensor, true: Tensor, *, noisy: bool
) -> dict[str, float]:
    """`train_*` of samples (n,) that were `predicted` so, of which `given` are the labels.

    With noise also the accuracy against the true labels (`train_clean_top1`), of the samples whose
    given label is right and of those whose is wrong apart, and the share of the latter that are
    predicted as given.
    """
    metrics = {"train_top1": _share(predicted.eq(given))}
    if noisy:
        wrong, hits = given.ne(true), predicted.eq(true)
        metrics["train_clean_top1"] = _share(hits)
        metrics["train_clean_samples_top1"] = _share(hits[~wrong])
        metrics["train_corrupted_samples_top1"] = _share(hits[wrong])
        metrics["train_memorized"] = _share(predicted.eq(given)[wrong])
    return metrics


def _share(mask: Tensor) -> float:
    return int(mask.sum()) / len(mask) if len(mask) else math.nan
