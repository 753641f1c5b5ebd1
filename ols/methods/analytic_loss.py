"""The loss of a training step with its gradient in closed form, as one autograd node.

    loss = -sum_k target[k] log p(k)        d loss / d logits = p * sum(target) - target

Autograd would go back through log_softmax, the product and the sums one by one. Here the gradient
is a by-product of the forward pass, and one B x K tensor is kept. No call waits for the device.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ols.methods.soft_label_statistics import SoftLabelStatistics
from ols.methods.target_table import TargetTable
from ols.methods.targets import Reduction, sum_of_weights


class AnalyticLoss(torch.autograd.Function):
    """Gathers the statistics of the soft labels too: they need the same softmax."""

    @staticmethod
    def forward(
        ctx: Any,
        logits: Tensor,
        targets: Tensor,
        table: TargetTable,
        statistics: SoftLabelStatistics,
        reduction: Reduction,
    ) -> Tensor:
        rows, labels, ignored = table.look_up(targets)
        z = logits
        if z.dtype != rows.dtype:
            # Half precision is computed with in float32, and a float64 on either side wins.
            dtype = torch.promote_types(rows.dtype, z.dtype)
            rows, z = rows.to(dtype), z.to(dtype)
        log_p = _log_softmax(z)
        p = log_p.exp()
        losses = log_p.mul_(rows).sum(1)  # (B,)
        counted = targets if targets.is_floating_point() else labels
        statistics.add_with_losses(z, p, counted, losses, ignored)
        if ignored is not None:
            losses.masked_fill_(ignored, 0.0)
        if not table.sums_to_one:
            p.mul_(rows.sum(1, keepdim=True).neg_())
        gradient = rows.add_(p)
        if ignored is not None:
            gradient.masked_fill_(ignored.unsqueeze(1), 0.0)
        # Neither input nor output, so it may lie on ctx; save_for_backward would cost more.
        ctx.gradient, ctx.dtype = gradient, logits.dtype
        ctx.share = None  # what a gradient of the loss is multiplied with
        if reduction == "none":
            return losses
        if reduction == "sum":
            return losses.sum()
        if ignored is None and table.weight is None:
            shares, ctx.share = table.equal_shares(losses)
            return losses.dot(shares)
        divisor = sum_of_weights(targets, labels, ignored, table.weight)
        ctx.share = losses.new_ones(()) / divisor
        return losses.sum() / divisor

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor) -> tuple[Tensor | None, ...]:
        # As once_differentiable would, which costs half as much as the whole loss.
        if torch.is_grad_enabled():
            raise RuntimeError(
                "OnlineLabelSmoothing has no second derivative in training mode; "
                "call criterion.eval() first, or leave out create_graph"
            )
        scale = grad_loss if ctx.share is None else grad_loss * ctx.share
        if scale.dim():
            scale = scale.unsqueeze(1)
        gradient = ctx.gradient.mul(scale)
        gradient = gradient if gradient.dtype == ctx.dtype else gradient.to(ctx.dtype)
        return gradient, None, None, None, None


def _log_softmax(z: Tensor) -> Tensor:
    """Over the classes. Below 16 of them PyTorch's CPU kernel for the last dimension is not
    vectorised: over the first it is 3 times faster, transposing included."""
    if z.shape[1] < 16 and z.device.type == "cpu":
        return torch.log_softmax(z.t(), 0).t()
    return torch.log_softmax(z, 1)
