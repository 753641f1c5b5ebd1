"""The soft labels that a run records, whatever its method.

OLS trains with them and gathers them itself; for another method the same statistic is gathered
beside its loss: "what OLS would learn".
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ols.methods.ols import OnlineLabelSmoothing
from ols.methods.soft_label_statistics import SoftLabelStatistics


class SoftLabelWatch:
    """`statistics` are the sums of the running epoch: the criterion's own, or some beside it."""

    statistics: SoftLabelStatistics

    def __init__(self, criterion: nn.Module, num_classes: int, device: torch.device) -> None:
        self._criterion = criterion if isinstance(criterion, OnlineLabelSmoothing) else None
        if self._criterion is not None:
            self.statistics = self._criterion.statistics
        else:
            self.statistics = SoftLabelStatistics(num_classes).to(device)
            shape = num_classes, num_classes
            self._beside = torch.full(shape, 1 / num_classes, device=device)

    def update(self, logits: Tensor, targets: Tensor) -> None:
        """Counts a batch, unless the criterion has done so."""
        if self._criterion is None:
            self.statistics.update(logits, targets)

    def initial(self) -> np.ndarray:
        """S of epoch 0, float32 (K, K)."""
        return _matrix(self._soft_labels)

    def close(self) -> np.ndarray:
        """Ends the epoch; S (K, K) as OLS trains with it next, or for other methods would."""
        if self._criterion is None:
            self.statistics.close(self._beside, 1 / len(self._beside))
        else:
            self._criterion.end_epoch()
        return _matrix(self._soft_labels)

    @property
    def _soft_labels(self) -> Tensor:
        return self._beside if self._criterion is None else self._criterion.soft_labels

    def state(self) -> dict[str, Any] | None:
        """What a checkpoint holds beside the criterion's state."""
        return self.statistics.state_dict() if self._criterion is None else None

    def restore(self, state: dict[str, Any] | None) -> None:
        if state is not None:
            self.statistics.load_state_dict(state)


def _matrix(tensor: Tensor) -> np.ndarray:
    """A copy as float32 (K, K) on the host."""
    return tensor.detach().to("cpu", torch.float32, copy=True).numpy()
