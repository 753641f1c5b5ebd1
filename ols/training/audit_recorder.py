"""Watches every training sample while a run trains: what an audit of the labels is made of.

From the forward passes of the training steps, once per sample and epoch; z are logits, p softmax:

    margin        z_y - max_{k != y} z_k           summed: AUM (Pleiss et al., NeurIPS 2020)
    confidence    p_y                              mean and deviation over the epochs: dataset
                                                   cartography (Swayamdipta et al., EMNLP 2020)
    learned       the first epoch in which the sample was predicted as labelled
    forgotten     how often that was so in one epoch and no more in the next (Toneva et al., ICLR
                  2019)
    mean softmax  p, of all classes, or of the top three where N x K is large

y is the label given. A sample that Mixup or CutMix has mixed counts by its own share of the image.
A step only copies its logits; every few dozen steps they are folded into the sums, all at once, so
nothing waits for the device and a sample costs no Python. Per sample 21 bytes, and its softmax.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ols.data.batches import Batch, share_of
from ols.distributed.ranks import Ranks
from ols.measures.sample_statistics import SampleStatistics
from ols.training.top_classes import TopClasses

WHOLE_SOFTMAX = 8_000_000  # N x K up to which a sample's mean softmax is kept of all classes
PENDING = 2**18  # logits that wait to be folded, or those of one batch: 1 MB
ALONE = Ranks()


class AuditRecorder:
    """`labels` (N,) as given. Call `add` with each step and `end_epoch` after the last; where
    several ranks train the run all of them hold all sums."""

    def __init__(
        self, labels: Tensor, num_classes: int, batch_size: int, ranks: Ranks = ALONE
    ) -> None:
        count, device = len(labels), labels.device
        self._labels, self._ranks = labels, ranks
        # Weight, margin, confidence and its square: sums over the epochs.
        self._sums = torch.zeros(count, 4, device=device)
        self._learned = torch.zeros(count, dtype=torch.int16, device=device)
        self._forgotten = torch.zeros(count, dtype=torch.int16, device=device)
        self._right = torch.zeros(count, dtype=torch.bool, device=device)  # when last seen
        whole = count * num_classes <= WHOLE_SOFTMAX
        self._softmax = torch.zeros(count, num_classes, device=device) if whole else None
        self._top = None if whole else TopClasses(count, num_classes, device)
        # A last batch that is too small joins the one before it.
        largest_batch = min(count, batch_size + max(2, ranks.size))
        rows = max(min(count, PENDING // num_classes), largest_batch)
        self._logits = torch.zeros(rows, num_classes, device=device)
        self._indices = torch.zeros(rows, dtype=torch.int64, device=device)
        self._shares = torch.zeros(rows, device=device)
        self._waiting = 0

    def add(self, logits: Tensor, batch: Batch, epoch: int) -> None:
        """A step's logits (B, K), of this rank's share of the batch."""
        if self._waiting + batch.size > len(self._logits):
            self._fold(epoch)
        first, last = share_of(0, batch.size, self._ranks.rank, self._ranks.size)
        rows = slice(self._waiting + first, self._waiting + last)
        self._logits[rows] = logits
        self._indices[rows] = batch.indices
        self._shares[rows] = batch.share
        self._waiting += batch.size

    def end_epoch(self, epoch: int) -> None:
        self._fold(epoch)

    @torch.no_grad()
    def _fold(self, epoch: int) -> None:
        """What waits into the sums. No sample waits twice: it comes once per epoch."""
        waiting = slice(0, self._waiting)
        z, at, shares = self._logits[waiting], self._indices[waiting], self._shares[waiting]
        self._ranks.sum_(z, at, shares)  # each rank has its own rows and zeros
        given = self._labels.index_select(0, at).unsqueeze(1)
        p = z.softmax(1)
        confidence, own = p.gather(1, given).squeeze(1), z.gather(1, given).squeeze(1)
        others = z.scatter_(1, given, -torch.inf)
        margin = own - others.amax(1)
        # Logits that are not finite leave nothing behind: under fp16 such a step is skipped.
        usable = confidence.isfinite() & margin.isfinite()
        weight = torch.where(usable, shares, 0.0)
        values = torch.stack((torch.ones_like(margin), margin, confidence, confidence.square()), 1)
        usable_rows = usable.unsqueeze(1)
        values = torch.where(usable_rows, values, 0.0).mul_(weight.unsqueeze(1))
        self._sums.index_add_(0, at, values)
        p = torch.where(usable_rows, p, 0.0).mul_(weight.unsqueeze(1))
        if self._softmax is not None:
            self._softmax.index_add_(0, at, p)
        if self._top is not None:
            self._top.add(at, p)
        self._follow(at, margin > 0, usable, epoch)
        self._waiting = 0
        if self._ranks.size > 1:
            for rows in (z, at, shares):
                rows.zero_()

    def _follow(self, at: Tensor, right: Tensor, usable: Tensor, epoch: int) -> None:
        """Learning and forgetting of the samples `at` that are `right` now."""
        before, learned = self._right.index_select(0, at), self._learned.index_select(0, at)
        right = torch.where(usable, right, before)
        forgets = (before & ~right).to(torch.int16)
        self._forgotten.index_add_(0, at, forgets)
        self._learned[at] = torch.where(right & (learned == 0), epoch, learned).to(torch.int16)
        self._right[at] = right

    def statistics(self) -> SampleStatistics:
        """Of the epochs so far, on the host."""
        weight, margin, confidence, squared = self._sums.double().unbind(1)
        weight = torch.where(weight > 0, weight, torch.nan)
        mean = confidence / weight
        deviation = (squared / weight - mean.square()).clamp(min=0).sqrt()
        classes, shares = None, self._softmax
        if self._top is not None:
            classes, shares = self._top.sorted()
        assert shares is not None
        shares = (shares / weight.unsqueeze(1)).float()
        return SampleStatistics(
            given=self._labels.cpu().numpy(),
            margin=(margin / weight).float().cpu().numpy(),
            confidence=mean.float().cpu().numpy(),
            deviation=deviation.float().cpu().numpy(),
            learned=self._learned.cpu().numpy(),
            forgotten=self._forgotten.cpu().numpy(),
            other=most_probable_other(self._labels, shares, classes).cpu().numpy(),
            softmax=shares.cpu().numpy(),
            classes=None if classes is None else classes.cpu().numpy(),
        )

    def state(self) -> dict[str, Any]:
        """For the checkpoint of the first rank; every rank restores it."""
        top = None if self._top is None else self._top.state()
        return {
            "sums": self._sums,
            "learned": self._learned,
            "forgotten": self._forgotten,
            "right": self._right,
            "softmax": self._softmax,
            "top": top,
        }

    def restore(self, state: dict[str, Any] | None) -> None:
        """What `state` gave; None: of a version that watched nothing, so the audit begins here."""
        if state is None:
            return
        self._sums.copy_(state["sums"])
        self._learned.copy_(state["learned"])
        self._forgotten.copy_(state["forgotten"])
        self._right.copy_(state["right"])
        if self._softmax is not None:
            self._softmax.copy_(state["softmax"])
        if self._top is not None:
            self._top.restore(state["top"])


def most_probable_other(given: Tensor, softmax: Tensor, classes: Tensor | None) -> Tensor:
    """(N,): the class beside `given` (N,) of the largest mean softmax (N, k), whose columns are
    `classes` (N, k) or all. Of a single class that class itself."""
    columns = torch.arange(softmax.shape[1], device=softmax.device)
    names = columns.expand_as(softmax) if classes is None else classes
    others = softmax.nan_to_num(0.0).masked_fill(names == given.unsqueeze(1), -1.0)
    return names.gather(1, others.argmax(1, keepdim=True)).squeeze(1)
