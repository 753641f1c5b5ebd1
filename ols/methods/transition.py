"""Transition matrices of label noise, T[i, j] = P(given label j | true label i), and an estimate.

    T[i] = p(.|x_i),   x_i = argmax_x p(i|x)            (Patrini et al., CVPR 2017)

The estimator takes a network trained on the noisy labels, and for each class the sample that it is
surest of (an anchor point): what else it predicts there is where that class's labels went. Here the
network is the run's own after a warm-up with cross-entropy, and its predictions are those of the
warm-up's last epoch, from the training-mode forward passes. The paper trains it to the end.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.errors import FieldError, SpecError
from ols.methods.criterion import Criterion, RunContext, Step, epoch_after
from ols.methods.sample_table import SampleTable, empty_table
from ols.spec.methods.transition import TransitionMethod
from ols.spec.parts.noise import Noise


def noise_matrix(noise: Noise, num_classes: int) -> Tensor:
    """T (K, K) of symmetric noise or pair flips, as they are drawn."""
    keep = torch.eye(num_classes)
    if noise.kind == "none" or num_classes < 2:
        return keep
    if noise.kind == "pair_flip":
        return (1 - noise.rate) * keep + noise.rate * keep.roll(1, dims=1)
    others = (1 - keep) / (num_classes - 1)
    return (1 - noise.rate) * keep + noise.rate * others


def counted_matrix(transition: Tensor) -> Tensor:
    """T (K, K) of the shares that were counted; a class without a sample keeps its label."""
    keep = torch.eye(len(transition))
    return torch.where(transition.sum(1, keepdim=True) > 0, transition, keep)


def anchor_percentile(num_classes: int) -> float:
    """As deep within a class for any number of them: three tenths of the samples that it would have
    if all had as many. The authors' 97 for 10 classes; past 33 that lies outside the class."""
    return 100 * (1 - 0.3 / num_classes)


def estimate_matrix(p: Tensor, percentile: float | None = None) -> Tensor:
    """T (K, K) from predictions (N, K): rows of the anchor points.

    An anchor is the sample of a class's largest probability, or of the given percentile of it
    (None: `anchor_percentile`). The authors take the 97th, and the largest for CIFAR-100
    (`filter_outlier` of NoiseEstimator in models.py of giorgiop/loss-correction).
    """
    if percentile is None:
        percentile = anchor_percentile(p.shape[1])
    place = min(int(len(p) * (1 - percentile / 100)), len(p) - 1)
    anchors = p.argsort(dim=0, descending=True, stable=True)[place]  # (K,)
    rows = p.index_select(0, anchors)
    return rows / rows.sum(1, keepdim=True)


class TransitionCriterion(Criterion):
    """What forward and backward correction share: T, given or estimated.

    matrix (K, K): T. None: the identity until it is estimated from `samples` training samples at
    the end of the warm-up.
    """

    matrix: Tensor

    def __init__(
        self,
        num_classes: int,
        matrix: Tensor | None = None,
        *,
        samples: int = 0,
        warmup: float = 0.3,
        percentile: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.needs_step = matrix is None
        self.warmup, self.percentile = warmup, percentile
        self.register_buffer("matrix", torch.eye(num_classes) if matrix is None else matrix)
        rows = empty_table(samples, num_classes, torch.device("cpu"))
        self.predictions = SampleTable(rows, kept=False)
        self._gathers = False

    def begin_epoch(self, epoch: int, epochs: int, model: nn.Module) -> bool:
        last = epoch_after(self.warmup, epochs)
        self._gathers = self.needs_step and epoch == last
        return self.needs_step and epoch == last + 1

    def end_epoch(self) -> None:
        if self._gathers:
            self.predictions.end_epoch()
            self.matrix.copy_(estimate_matrix(self.predictions.rows, self.percentile))

    def gather(self, logits: Tensor, step: Step) -> None:
        """Remembers a step's predictions in the epoch that is estimated from."""
        if self._gathers and self.learns:
            self.predictions.write(step.indices, torch.softmax(logits.detach(), 1))


def settings_of(method: TransitionMethod, context: RunContext) -> dict[str, object]:
    """What a spec's part says, as TransitionCriterion takes it; raises SpecError for a matrix of
    another number of classes."""
    size = context.num_classes
    if method.transition == "estimated":
        return {
            "samples": len(context.required_labels()),
            "warmup": method.warmup,
            "percentile": method.percentile,
        }
    if method.transition == "noise":
        if context.noise.kind in ("none", "symmetric", "pair_flip") or context.transition is None:
            return {"matrix": noise_matrix(context.noise, size)}
        return {"matrix": counted_matrix(context.transition)}
    matrix = torch.tensor(method.matrix)
    if matrix.shape != (size, size):
        message = f"has {len(matrix)} rows, the dataset has {size} classes; give {size} x {size}"
        raise SpecError([FieldError("method.matrix", message)])
    return {"matrix": matrix}
