"""Forward loss correction (Patrini et al., CVPR 2017, arXiv 1609.03683).

    L = -log sum_i p_i T[i, y],   T[i, j] = P(given label j | true label i)

The network predicts the true class; T takes its prediction to the labels as they are given. T is
that of the run's noise, given, or estimated (ols.methods.transition). The authors' code
(giorgiop/loss-correction, loss.py) clips p at 1e-7 first, beyond which it has no gradient; here
the logarithm is exact.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ols.methods.criterion import RunContext, Step
from ols.methods.transition import TransitionCriterion, settings_of
from ols.spec.methods.forward_correction import ForwardCorrection


def forward_correction(logits: Tensor, targets: Tensor, matrix: Tensor) -> Tensor:
    """The losses (B,); T = identity is cross-entropy."""
    log_p = torch.log_softmax(logits, 1)
    matrix = matrix.to(logits.dtype)
    if targets.is_floating_point():
        # Autocast would multiply in half precision.
        with torch.autocast(logits.device.type, enabled=False):
            given = (log_p.exp() @ matrix).clamp(min=torch.finfo(logits.dtype).tiny)
        return -(targets.to(logits.dtype) * given.log()).sum(1)
    # The label's column alone, in logarithms: exact where p underflows. T has zeros.
    column = matrix.index_select(1, targets).t()  # (B, K)
    logs = torch.where(column > 0, column.log(), torch.finfo(logits.dtype).min)
    return -torch.logsumexp(log_p + logs, 1)


class ForwardCorrectionLoss(TransitionCriterion):
    """`forward_correction` with its T; see TransitionCriterion."""

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        self.gather(logits, step)
        return forward_correction(logits, targets, self.matrix)


def build(method: ForwardCorrection, context: RunContext) -> nn.Module:
    return ForwardCorrectionLoss(context.num_classes, **settings_of(method, context))  # type: ignore[arg-type]
