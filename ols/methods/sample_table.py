"""A row of numbers for each training sample: what methods remember between epochs.

Where several processes train a run, each writes the rows of its share of the batches, which are
other samples every epoch. `end_epoch` brings all rows to all of them.
"""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ols.distributed.collectives import several_processes
from ols.errors import FieldError, SpecError
from ols.methods.targets import check_range

LARGEST = 8 * 2**30  # bytes; CIFAR-100 takes 20 MB, ImageNet 5 GB


class SampleTable(nn.Module):
    """`rows` (N, K) float32, a buffer: a checkpoint holds it, unless `kept` says otherwise."""

    rows: Tensor
    _written: Tensor

    def __init__(self, rows: Tensor, *, kept: bool = True) -> None:
        super().__init__()
        self.register_buffer("rows", rows, persistent=kept)
        self.register_buffer(
            "_written", torch.zeros(len(rows), dtype=torch.bool, device=rows.device), False
        )

    def look_up(self, indices: Tensor) -> Tensor:
        """Copies (B, K) of the samples' rows."""
        return self.rows.index_select(0, indices)

    @torch.no_grad()
    def write(self, indices: Tensor, rows: Tensor) -> None:
        """Each sample at most once per epoch; a row that is not finite leaves the one before (under
        fp16 such a step is skipped)."""
        rows = rows.detach().to(self.rows.dtype)
        usable = rows.sum(1, keepdim=True).isfinite()
        self.rows.index_copy_(0, indices, torch.where(usable, rows, self.look_up(indices)))
        self._written.index_fill_(0, indices, True)

    @torch.no_grad()
    def end_epoch(self) -> None:
        if several_processes():
            mine = self._written.unsqueeze(1)
            gathered = torch.where(mine, self.rows, torch.zeros_like(self.rows))
            written = self._written.to(torch.int32)
            dist.all_reduce(gathered)
            dist.all_reduce(written)
            self.rows.copy_(torch.where(written.unsqueeze(1) > 0, gathered, self.rows))
        self._written.zero_()


def empty_table(samples: int, num_classes: int, device: torch.device, copies: int = 1) -> Tensor:
    """Zeros (N, K), or (copies, N, K); raises SpecError where that is more than memory can hold."""
    size = 4 * samples * num_classes * copies
    if size > LARGEST:
        message = (
            f"keeps {copies * num_classes} numbers for each of {samples} samples, "
            f"{size / 2**30:.0f} GB; choose a smaller dataset or another method"
        )
        raise SpecError([FieldError("method.name", message)])
    shape = (samples, num_classes) if copies == 1 else (copies, samples, num_classes)
    return torch.zeros(shape, device=device)


def one_hot_table(labels: Tensor, num_classes: int) -> Tensor:
    """(N, K): 1 at each sample's label; raises ValueError for one that is no class."""
    check_range(labels, num_classes, None)
    table = empty_table(len(labels), num_classes, labels.device)
    return table.scatter_(1, labels.unsqueeze(1), 1.0)
