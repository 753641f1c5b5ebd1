"""The targets that the OLS loss looks up: a row for each class, built once per epoch.

    target[y] = (hard_weight * one-hot(y) + soft_weight * S[y]) * class weights

Both terms of the loss share it, so a step is one look-up. It is no module and holds no buffers: all
of it follows from S, and Module.__getattr__ costs a hundredth of a small step.
"""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from ols.methods.targets import check_range, dominant_labels


class TargetTable:
    """`negated` (K, K): minus the targets, so that its product with log p is the loss and its sum
    with p the gradient.

    `steady`: whether the targets sum to 1 in every epoch if they do in this one, which a captured
    CUDA graph relies on.
    """

    negated: Tensor
    weight: Tensor | None  # (K,), of the classes
    sums_to_one: bool  # of every target, which saves a step two calls

    def __init__(
        self, hard_weight: float, soft_weight: float, ignore_index: int | None, *, steady: bool
    ) -> None:
        self.hard_weight, self.soft_weight = hard_weight, soft_weight
        self.ignore_index = ignore_index
        self._steady = steady
        self._source: Tensor | None = None

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
        one_hot = torch.eye(len(soft), dtype=soft.dtype, device=soft.device)
        targets = self.hard_weight * one_hot + self.soft_weight * soft
        if weight is not None:
            targets *= weight
        sums = targets.sum(1)
        rounding = 16 * torch.finfo(sums.dtype).eps
        self.sums_to_one = self._steady and torch.allclose(sums, torch.ones_like(sums), 0, rounding)
        self._keep(targets.neg_())
        self.weight = weight
        self._source, self._version = soft, soft._version

    def _keep(self, negated: Tensor) -> None:
        old = getattr(self, "negated", None)
        if old is not None and (old.dtype, old.device) == (negated.dtype, negated.device):
            old.copy_(negated)  # in place: a captured CUDA graph reads from the same address
            return
        self.negated = negated
        self._shares: dict[int, tuple[Tensor, Tensor]] = {}
        # On a CPU index_select fails on an ignored target as on a wrong one; they are told apart
        # then, and not every step.
        inside = self.ignore_index is not None and 0 <= self.ignore_index < len(negated)
        self._range_is_checked = negated.device.type == "cpu" and not inside

    def look_up(self, targets: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """A batch's targets: negated distributions (B, K), classes (B,) with 0 for those that are
        ignored, and the mask (B,) of these, if there are any."""
        negated, ignore_index = self.negated, self.ignore_index
        if targets.is_floating_point():
            # Autocast would multiply in half precision.
            with torch.autocast(targets.device.type, enabled=False):
                return targets.to(negated.dtype) @ negated, dominant_labels(targets), None
        if self._range_is_checked or ignore_index is None:
            try:
                return negated.index_select(0, targets), targets, None
            except (IndexError, RuntimeError):
                check_range(targets, len(negated), ignore_index)
                if ignore_index is None:
                    raise  # something else is wrong, such as two devices
        ignored = targets.eq(ignore_index)
        labels = targets.masked_fill(ignored, 0)
        if targets.device.type == "cpu":
            check_range(targets, len(negated), ignore_index)
        return negated.index_select(0, labels), labels, ignored

    def equal_shares(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """1/B as a vector (B,) and as a scalar, kept: their product with losses is the mean."""
        count = len(losses)
        shares = self._shares.get(count)
        if shares is None or shares[0].dtype != losses.dtype:
            each = torch.full_like(losses, 1.0 / count)
            self._shares[count] = shares = (each, each[0])
        return shares
