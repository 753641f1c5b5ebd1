"""The targets that the OLS loss looks up: a row for each class, built once per epoch.

    target[y] = (hard_weight * one-hot(y) + soft_weight * S[y]) * class weights

Both terms of the loss share it, so a step is one look-up. Of more classes than a second matrix is
worth, a batch's rows are made from S when they are asked for. It is no module and holds no buffers:
all of it follows from S, and Module.__getattr__ costs a hundredth of a small step.
"""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from ols.methods.targets import check_range, dominant_labels

LARGEST = 4096  # classes of which all rows are kept: 64 MB


class TargetTable:
    """`negated` (K, K): minus the targets, so that its product with log p is the loss and its sum
    with p the gradient; None of more than LARGEST classes.

    `steady`: whether the targets sum to 1 in every epoch if they do in this one, which a captured
    CUDA graph relies on.
    """

    negated: Tensor | None
    weight: Tensor | None  # (K,), of the classes
    sums_to_one: bool  # of every target, which saves a step two calls

    def __init__(
        self, hard_weight: float, soft_weight: float, ignore_index: int | None, *, steady: bool
    ) -> None:
        self.hard_weight, self.soft_weight = hard_weight, soft_weight
        self.ignore_index = ignore_index
        self._steady = steady
        self._source: Tensor | None = None
        self.negated = None
        self._shares: dict[int, tuple[Tensor, Tensor]] = {}

    def of(self, soft: Tensor, weight: Tensor | None) -> Self:
        """The table of S (K, K) as it is, rebuilt where that has changed, by whatever: the end of
        an epoch, load_state_dict, `to`, or hand."""
        if self._source is not soft or self._version != soft._version:
            self.build(soft, weight)
        return self

    @torch.no_grad()
    def build(self, soft: Tensor, weight: Tensor | None) -> None:
        if soft.is_meta:
            return
        self.weight = weight
        self._source, self._version = soft, soft._version
        self._classes = len(soft)
        sums = self._sums(soft)
        rounding = 16 * torch.finfo(sums.dtype).eps
        self.sums_to_one = self._steady and torch.allclose(sums, torch.ones_like(sums), 0, rounding)
        # On a CPU index_select fails on an ignored target as on a wrong one; they are told apart
        # then, and not every step.
        inside = self.ignore_index is not None and 0 <= self.ignore_index < len(soft)
        self._range_is_checked = soft.device.type == "cpu" and not inside
        if len(soft) <= LARGEST:
            self._keep(soft * -self.soft_weight)

    def _sums(self, soft: Tensor) -> Tensor:
        """(K,): what each class's target sums to."""
        if self.weight is None:
            return self.hard_weight + self.soft_weight * soft.sum(1)
        return self.hard_weight * self.weight + self.soft_weight * (soft @ self.weight)

    def _keep(self, negated: Tensor) -> None:
        """`negated` (K, K) holds the soft term."""
        negated.diagonal().sub_(self.hard_weight)
        if self.weight is not None:
            negated *= self.weight
        old = self.negated
        if old is not None and (old.dtype, old.device) == (negated.dtype, negated.device):
            old.copy_(negated)  # in place: a captured CUDA graph reads from the same address
            return
        self.negated = negated
        self._shares = {}

    def _rows(self, targets: Tensor) -> Tensor:
        """The negated targets (B, K) of classes (B,) or of mixed targets (B, K)."""
        if self.negated is not None:
            return _rows_of(self.negated, targets)
        assert self._source is not None
        rows = _rows_of(self._source, targets).mul_(-self.soft_weight)
        if targets.is_floating_point():
            rows.sub_(targets, alpha=self.hard_weight)
        else:
            hard = rows.new_full((len(rows), 1), -self.hard_weight)
            rows.scatter_add_(1, targets.unsqueeze(1), hard)
        return rows if self.weight is None else rows.mul_(self.weight)

    def look_up(self, targets: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """A batch's targets: negated distributions (B, K), classes (B,) with 0 for those that are
        ignored, and the mask (B,) of these, if there are any."""
        ignore_index = self.ignore_index
        if targets.is_floating_point():
            return self._rows(targets), dominant_labels(targets), None
        if self._range_is_checked or ignore_index is None:
            try:
                return self._rows(targets), targets, None
            except (IndexError, RuntimeError):
                check_range(targets, self._classes, ignore_index)
                if ignore_index is None:
                    raise  # something else is wrong, such as two devices
        ignored = targets.eq(ignore_index)
        labels = targets.masked_fill(ignored, 0)
        if targets.device.type == "cpu":
            check_range(targets, self._classes, ignore_index)
        return self._rows(labels), labels, ignored

    def equal_shares(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """1/B as a vector (B,) and as a scalar, kept: their product with losses is the mean."""
        count = len(losses)
        shares = self._shares.get(count)
        if shares is None or shares[0].dtype != losses.dtype:
            each = torch.full_like(losses, 1.0 / count)
            self._shares[count] = shares = (each, each[0])
        return shares


def _rows_of(matrix: Tensor, targets: Tensor) -> Tensor:
    """Rows (B, K) of classes (B,), or their means by mixed targets (B, K)."""
    if not targets.is_floating_point():
        return matrix.index_select(0, targets)
    # Autocast would multiply in half precision.
    with torch.autocast(matrix.device.type, enabled=False):
        return targets.to(matrix.dtype) @ matrix
