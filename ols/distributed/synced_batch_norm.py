"""Batch norm over the batches of all processes, on any device.

`torch.nn.SyncBatchNorm` refuses CPUs. Without it each process would normalise by its own share of
a batch, and a run on two devices would be another run than on one.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


class SyncedBatchNorm2d(nn.BatchNorm2d):
    """nn.BatchNorm2d (same parameters, buffers and names), with statistics over all processes."""

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W); B may differ between processes."""
        if not self.training or not dist.is_initialized():
            return super().forward(images)
        # Under autocast too: sums in half precision are too coarse.
        x = images.to(torch.promote_types(images.dtype, torch.float32))
        axes, shape = (0, 2, 3), (1, -1, 1, 1)
        count = x.new_tensor(x.numel() // x.shape[1])
        dist.all_reduce(count)
        mean = _Sum.apply(x.sum(axes)) / count
        centred = x - mean.view(shape)
        variance = _Sum.apply(centred.square().sum(axes)) / count  # two passes: nothing cancels
        self._follow(mean.detach(), variance.detach(), count)
        scale = torch.rsqrt(variance + self.eps) * self.weight
        return (centred * scale.view(shape) + self.bias.view(shape)).to(images.dtype)

    @torch.no_grad()
    def _follow(self, mean: Tensor, variance: Tensor, count: Tensor) -> None:
        """The running statistics, as nn.BatchNorm2d keeps them: with the unbiased variance."""
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance * (count / (count - 1).clamp(min=1)), self.momentum)


def sync_batch_norm(model: nn.Module) -> nn.Module:
    """Turns the batch norms of `model` into synced ones, in place; parameters stay the same."""
    for module in model.modules():
        if type(module) is nn.BatchNorm2d:
            module.__class__ = SyncedBatchNorm2d
    return model


class _Sum(torch.autograd.Function):
    """The sum over all processes; a gradient is summed in turn."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        total = values.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return _Sum.apply(gradient)
