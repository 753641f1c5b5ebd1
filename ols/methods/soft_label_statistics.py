"""The statistic behind online label smoothing: summed softmaxes of counted samples, per class.

    S^t[y] += p(.|x)   for each sample (x, y) of epoch t whose argmax equals y
    S^t[y] /= sum(S^t[y])   when the epoch ends          (arXiv 2011.12562, section III)

OLS trains with it; the trainer records it for every other method through this same code, as
"what OLS would learn".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Self

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from ols.methods.targets import in_float32

BLOCK = 1 << 18  # values that are closed at once: 1 MiB, which a processor's cache holds
LEAST_ROWS = 64  # of more rows than threads each is summed in one piece, always in the same order
_HALVES = (torch.float16, torch.bfloat16)


class SoftLabelStatistics(nn.Module):
    """Running sums of one epoch (or period), float32, row = target class.

    `sums` has K + 1 rows: samples that do not count are sent to the spare last row. Selecting
    them instead would make the host wait for the device, and multiplying them by 0 would let one
    NaN wipe a class.

    The sums are no buffer, though `state_dict` holds them and `to` moves them: inside a model that
    is wrapped in DistributedDataParallel every process would have its buffers overwritten by those
    of the first.
    """

    sums: Tensor  # (K + 1, K)

    def __init__(
        self,
        num_classes: int,
        *,
        counted: Literal["correct", "all"] = "correct",
        temperature: float = 1.0,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.counted = counted
        self.temperature = temperature
        self.sums = _untouched_zeros(num_classes + 1, num_classes)
        # Python scalars would be turned into tensors every step.
        self._spare = torch.tensor(num_classes)
        self._infinity = torch.tensor(torch.inf)
        self.register_load_state_dict_pre_hook(_rename_buffer)

    def reset_parameters(self) -> None:
        """Starts from zero; after `to_empty` too."""
        self.sums.zero_()
        self._spare.fill_(self.num_classes)
        self._infinity.fill_(torch.inf)

    @torch.no_grad()
    def update(self, logits: Tensor, targets: Tensor) -> None:
        """Adds a batch: logits (B, K) of a training-mode forward pass, targets (B,) in [0, K) or
        (B, K) mixed."""
        logits = in_float32(logits.detach())
        # A sum of finite values is finite unless it overflows, which a usable logit never does.
        usable = logits.sum(1).isfinite()
        self.add(logits, torch.softmax(logits, 1), targets, usable)

    def add_with_losses(
        self,
        logits: Tensor,
        probabilities: Tensor,
        targets: Tensor,
        losses: Tensor,
        ignored: Tensor | None,
    ) -> None:
        """Adds a batch whose softmax (B, K) and losses (B,) are known already, without the samples
        that the mask `ignored` (B,) leaves out; their target is any class."""
        # A loss is finite exactly when its logits are, and is K times smaller to test.
        usable = losses.lt(self._infinity)
        if ignored is not None:
            usable = usable.logical_and_(ignored.logical_not())
        self.add(logits, probabilities, targets, usable)

    def add(self, logits: Tensor, probabilities: Tensor, targets: Tensor, usable: Tensor) -> None:
        """Adds a batch whose softmax (B, K) is known already; `usable` (B,) masks samples out."""
        labels, weights = targets, None
        if targets.is_floating_point():
            shares, labels = targets.max(1)
            weights = unmixed_weights(shares)
        if self.temperature != 1.0:
            probabilities = torch.softmax(logits / self.temperature, 1)
        if self.counted == "correct":
            # The first of equals, which amax would not tell: a zero-initialised head ties all
            # logits, and half precision 2.6% of the samples at K = 1000. On a CPU max() finds it in
            # a third to a half of argmax's time.
            usable = usable.logical_and(logits.max(1).indices.eq(labels))
        rows = torch.where(usable, labels, self._spare)
        if probabilities.dtype != self.sums.dtype:
            probabilities = probabilities.to(self.sums.dtype)
        if weights is not None:
            probabilities = probabilities * weights.to(probabilities.dtype).unsqueeze(1)
        self.sums.index_add_(0, rows, probabilities)

    def reduce(self) -> None:
        """Adds up the sums of all processes: the first holds the total, the others start anew.

        The one collective call of an epoch. What one process saves after it is thus everything.
        """
        if _several_processes():
            dist.all_reduce(self.sums)
            if dist.get_rank():
                self.sums.zero_()

    def without_hit(self) -> Tensor:
        """Mask (K,) of the classes of which no sample was counted."""
        return self.sums[:-1].sum(1) <= 0

    @torch.no_grad()
    def close(self, soft: Tensor, empty: float | None, frozen: Tensor | None = None) -> None:
        """Ends the epoch: writes its distributions, over all processes, into `soft` (K, K), and
        starts again from zero.

        A row is its sums divided by their sum, not by the count: the same in exact arithmetic, and
        20 times closer to 1 in float32. A class without a hit gets `empty` in its row, or keeps it
        (None); one with a hit that is `frozen` (K,) keeps it too. A block of rows is read, divided
        and cleared while the processor's cache holds it; only rows with a hit are written.
        """
        if _several_processes():
            dist.all_reduce(self.sums)
        rows = max(LEAST_ROWS, BLOCK // self.num_classes)
        for first in range(0, self.num_classes, rows):
            block = slice(first, min(first + rows, self.num_classes))
            kept = None if frozen is None else frozen[block]
            _close_rows(self.sums[block], soft[block], empty, kept)
        self.sums[-1].zero_()

    def get_extra_state(self) -> Tensor:
        """What `state_dict` holds: the sums of this process."""
        return self.sums

    def set_extra_state(self, state: Tensor) -> None:
        if state.shape != self.sums.shape:
            raise ValueError(
                f"the saved sums are of {state.shape[-1]} classes, this loss has {self.num_classes}"
            )
        self.sums.copy_(state)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        self.sums = at_least_float32(fn)(self.sums)
        self._spare, self._infinity = fn(self._spare), fn(self._infinity)
        return self


def _close_rows(sums: Tensor, soft: Tensor, empty: float | None, frozen: Tensor | None) -> None:
    """The same of some rows (rows, K)."""
    totals = sums.sum(1, keepdim=True)
    without_hit = totals.squeeze(1) <= 0  # False for NaN, which must show
    learning = ~without_hit if frozen is None else ~(without_hit | frozen)
    if learning.all():
        torch.div(sums, totals, out=soft)
        sums.zero_()
        return
    rows = learning.nonzero().squeeze(1)
    shares = sums.index_select(0, rows).div_(totals.index_select(0, rows))
    soft.index_copy_(0, rows, shares.to(soft.dtype))
    sums.index_fill_(0, (~without_hit).nonzero().squeeze(1), 0.0)
    if empty is not None:
        soft.index_fill_(0, without_hit.nonzero().squeeze(1), empty)


def at_least_float32(fn: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """`module.half()` must not reach sums: a bfloat16 accumulator stops growing at 256."""

    def moved(tensor: Tensor) -> Tensor:
        result: Any = fn(tensor)
        return tensor.to(result.device) if result.dtype in _HALVES else result

    return moved


def _untouched_zeros(rows: int, columns: int) -> Tensor:
    """On the default device. On a CPU of pages that are the system's until they are written, which
    torch.zeros would do at once: of 20,000 classes 1.5 GiB."""
    if torch.empty(0).device.type != "cpu":
        return torch.zeros(rows, columns)
    return torch.from_numpy(np.zeros((rows, columns), np.float32))


def unmixed_weights(shares: Tensor) -> Tensor:
    """How much a sample counts of whose image `shares` (B,) is its own: (2 s - 1)^4.

    The softmax of a mixed image is a mixture too, by its contents and not by a likeness of classes.
    Counted in full it puts a third of a soft label's mass where nothing but chance has mixed it.
    Hardly mixed samples must decide; a threshold would find none of them in some epochs.
    """
    return (2 * shares - 1).clamp(min=0).pow(4)


def _several_processes() -> bool:
    return dist.is_available() and dist.is_initialized()


def _rename_buffer(module: nn.Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
    """Version 0.1 kept the sums as a buffer."""
    if prefix + "sums" in state:
        state[prefix + "_extra_state"] = state.pop(prefix + "sums")
