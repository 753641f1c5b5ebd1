"""The processes that train one run together: torchrun starts them, this joins and adds up.

    torchrun --standalone --nproc-per-node 2 -m ols train --devices 2 --method ols

Every process ("rank") does the same with its own share of each batch. Gradients, batch norm's
statistics, the soft labels' sums and all that is measured are added up over the ranks, so a run on
n devices computes what it computes on one.
"""

from __future__ import annotations

import atexit
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from ols.distributed.synced_batch_norm import sync_batch_norm
from ols.errors import FieldError, SpecError


@dataclass(frozen=True)
class Ranks:
    """`rank` counts from 0 to `size` - 1; alone, nothing here communicates."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this one tells the listener and writes the checkpoints."""
        return self.rank == 0

    def sum_(self, *tensors: Tensor) -> None:
        """Adds up each tensor over all ranks, in place and to the same bits on each."""
        if self.size > 1:
            for tensor in tensors:
                dist.all_reduce(tensor)

    def gather(self, rows: Tensor) -> Tensor:
        """The rows (n, ...) of all ranks, those of the first one first; each may have another n."""
        counts = torch.zeros(self.size, dtype=torch.int64, device=rows.device)
        counts[self.rank] = len(rows)
        self.sum_(counts)
        start = int(counts[: self.rank].sum())
        gathered = rows.new_zeros(int(counts.sum()), *rows.shape[1:])
        gathered[start : start + len(rows)] = rows
        self.sum_(gathered)
        return gathered

    def all(self, mask: Tensor) -> Tensor:
        """A mask that holds where it holds on every rank."""
        misses = mask.logical_not().to(torch.int32)
        self.sum_(misses)
        return misses.eq(0)

    def weigh(self, loss: Tensor, own: int, whole: int) -> Tensor:
        """The mean over this rank's `own` samples, so that the ranks' averaged gradients are those
        of the mean over the `whole` batch."""
        return loss if self.size == 1 else loss * (own * self.size / whole)

    @contextmanager
    def first_before_others(self) -> Iterator[None]:
        """The first rank alone does the block, then the others: it may fill a cache for them."""
        if self.size > 1 and not self.first:
            dist.barrier()
        yield
        if self.size > 1 and self.first:
            dist.barrier()

    def distribute(self, model: nn.Module) -> nn.Module:
        """The model as it is trained: gradients are averaged over the ranks in backward()."""
        if self.size == 1:
            return model
        return DistributedDataParallel(sync_batch_norm(model))


def join_ranks(devices: int, device: torch.device) -> Ranks:
    """Joins the processes that torchrun started; a rank alone where it started none.

    Raises SpecError when there are not as many as the run's `devices`.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size != devices:
        raise SpecError(
            [
                FieldError(
                    "devices",
                    f"{devices} processes are needed and {size} started: run it by "
                    f"`torchrun --standalone --nproc-per-node {devices}`",
                )
            ]
        )
    if size == 1:
        return Ranks()
    if not dist.is_initialized():
        if device.type == "cuda":
            dist.init_process_group("nccl", device_id=device)
        else:
            dist.init_process_group("gloo")
        atexit.register(_leave)
    return Ranks(dist.get_rank(), size)


def local_rank() -> int:
    """The number of this process on its machine, which is that of its GPU."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def _leave() -> None:
    """Ends gloo's threads while Python still runs: one that lets go of its last tensor later, when
    Python is gone, aborts the process (pytorch/pytorch#179291)."""
    if dist.is_initialized():
        dist.destroy_process_group()
        gc.collect()  # a wrapped model is a cycle that holds the group, and with it the threads
