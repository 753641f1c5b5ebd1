"""What a loss needs of a whole batch where several processes train one run, each on its share.

The trainer weighs each process's loss by its share and averages the gradients. So a loss that is a
mean over samples needs nothing; one that couples samples needs these. Alone they cost nothing.
"""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor


def several_processes() -> bool:
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def batch_mean(values: Tensor) -> Tensor:
    """Mean over the samples (B, ...) of all processes; the gradient is that of this one's share.

    So a function of the mean has, averaged over the processes as the trainer does, the gradient
    that one process would have found.
    """
    own = values.mean(0)
    if not several_processes():
        return own
    total = values.detach().sum(0)
    count = torch.tensor(float(len(values)), device=values.device)
    dist.all_reduce(total)
    dist.all_reduce(count)
    return own + (total / count - own.detach())


def whole_batch(values: Tensor) -> tuple[Tensor, int]:
    """Rows (B, ...) of all processes in order, detached, and the place of this one's first."""
    values = values.detach()
    if not several_processes():
        return values, 0
    counts = torch.zeros(dist.get_world_size(), dtype=torch.int64, device=values.device)
    counts[dist.get_rank()] = len(values)
    dist.all_reduce(counts)
    start = int(counts[: dist.get_rank()].sum())
    rows = values.new_zeros(int(counts.sum()), *values.shape[1:])
    rows[start : start + len(values)] = values
    dist.all_reduce(rows)
    return rows, start
