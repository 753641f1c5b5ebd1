"""Backward loss correction (Patrini et al., CVPR 2017, arXiv 1609.03683).

    L = sum_j T^-1[y, j] * -log p_j,   T[i, j] = P(given label j | true label i)

An unbiased estimate of the loss on clean labels, which can be negative. As in the authors' code
(giorgiop/loss-correction, loss.py) p is clipped at 1e-7: without a floor the loss has none either.
T is that of the run's noise, given, or estimated (ols.methods.transition).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ols.errors import FieldError, SpecError
from ols.methods.criterion import RunContext, Step
from ols.methods.transition import TransitionCriterion, settings_of
from ols.spec.methods.backward_correction import BackwardCorrection

FLOOR = 1e-7


def backward_correction(logits: Tensor, targets: Tensor, inverse: Tensor) -> Tensor:
    """The losses (B,), given the inverse of T; the identity is cross-entropy."""
    log_p = torch.log_softmax(logits, 1).clamp(min=torch.tensor(FLOOR).log())
    inverse = inverse.to(logits.dtype)
    if targets.is_floating_point():
        # Autocast would multiply in half precision.
        with torch.autocast(logits.device.type, enabled=False):
            weights = targets.to(logits.dtype) @ inverse
    else:
        weights = inverse.index_select(0, targets)
    return -(weights * log_p).sum(1)


class BackwardCorrectionLoss(TransitionCriterion):
    """`backward_correction` with its T; see TransitionCriterion."""

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        self.gather(logits, step)
        return backward_correction(logits, targets, self._inverse())

    def _inverse(self) -> Tensor:
        """Of T as it is; the pseudo-inverse, for an estimate may be singular."""
        key = (self.matrix.data_ptr(), self.matrix._version)
        if getattr(self, "_inverse_of", None) != key:
            self._inverse_of = key
            self._kept = torch.linalg.pinv(self.matrix.double()).to(self.matrix.dtype)
        return self._kept


def build(method: BackwardCorrection, context: RunContext) -> nn.Module:
    settings = settings_of(method, context)
    matrix = settings.get("matrix")
    if isinstance(matrix, Tensor) and torch.linalg.cond(matrix.double()) > 1e6:
        field = "noise.rate" if method.transition == "noise" else "method.matrix"
        message = "its transition matrix can't be inverted: the labels say nothing; lower the rate"
        raise SpecError([FieldError(field, message)])
    return BackwardCorrectionLoss(context.num_classes, **settings)  # type: ignore[arg-type]
