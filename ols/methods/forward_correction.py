"""Forward loss correction (Patrini et al., CVPR 2017, arXiv 1609.03683).

    L = -log sum_i p_i T[i, y],   T[i, j] = P(given label j | true label i)

The network predicts the true class; T takes its prediction to the labels as they are given. T is
that of the run's noise, given, or estimated (ols.methods.transition). The loss is that of the
authors' code (giorgiop/loss-correction, loss.py).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ols.methods.criterion import RunContext, Step
from ols.methods.targets import prepare
from ols.methods.transition import TransitionCriterion, settings_of
from ols.spec.methods.forward_correction import ForwardCorrection


def forward_correction(logits: Tensor, targets: Tensor, matrix: Tensor) -> Tensor:
    """The mean loss; T = identity is cross-entropy."""
    logits = prepare(logits, targets)
    log_p = torch.log_softmax(logits, 1)
    matrix = matrix.to(logits.dtype)
    tiny = torch.finfo(logits.dtype).tiny  # T has zeros
    if targets.is_floating_point():
        # Autocast would multiply in half precision.
        with torch.autocast(logits.device.type, enabled=False):
            given = (log_p.exp() @ matrix).clamp(min=tiny)
        return -(targets.to(logits.dtype) * given.log()).sum(1).mean()
    # The label's column alone, in logarithms: exact where p underflows.
    column = matrix.clamp(min=tiny).log().t().index_select(0, targets)  # (B, K)
    return -torch.logsumexp(log_p + column, 1).mean()


class ForwardCorrectionLoss(TransitionCriterion):
    """`forward_correction` with its T; see TransitionCriterion."""

    def forward(self, logits: Tensor, targets: Tensor, step: Step | None = None) -> Tensor:
        loss = forward_correction(logits, targets, self.matrix)
        self.gather(logits, step)
        return loss


def build(method: ForwardCorrection, context: RunContext) -> nn.Module:
    return ForwardCorrectionLoss(context.num_classes, **settings_of(method, context))  # type: ignore[arg-type]
