"""The exponential moving average of a network's weights, and what it is worth.

    w_ema <- d w_ema + (1 - d) w,   d = min(decay, (1 + n) / (10 + n)) after n updates

`torch.optim.swa_utils.AveragedModel`, batch norm's running statistics included. The smaller decay
of the first updates, without which the average would keep its random start for 1 / (1 - decay)
updates, is that of TensorFlow's ExponentialMovingAverage (`num_updates`). Training does not see the
average; it is measured beside the weights and lies beside them in checkpoints (`ema`).
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ols.spec.run_spec import RunSpec
from ols.training.validation import Validation

Tensors = tuple[Tensor, ...] | list[Tensor]


class AveragedWeights:
    """Call `follow` after each update of `model`, and `measure` after each epoch."""

    def __init__(self, model: nn.Module, validation: Validation, spec: RunSpec) -> None:
        self._spec, self._validation = spec, validation
        self._average = AveragedModel(model, multi_avg_fn=self._move, use_buffers=True)

    def follow(self, model: nn.Module) -> None:
        """One update later."""
        self._average.update_parameters(model)

    def measure(self, epoch: int) -> dict[str, float]:
        """`val_ema_*`; of a run with a holdout also `test_ema_*` after the last epoch."""
        network = self._average.module
        evaluation = self._validation.evaluate(network)
        metrics = evaluation.metrics("val_ema")
        if epoch == self._spec.epochs and self._spec.eval_on == "holdout":
            test = self._validation.evaluate_test(network, evaluation.scaled.temperature)
            metrics |= test.metrics("test_ema")
        return metrics

    def state(self) -> dict[str, Any]:
        """For the checkpoint; `weights` is a `state_dict` of the network's."""
        return {"updates": self._updates, "weights": self._average.module.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """What `state` gave."""
        self._average.n_averaged.fill_(state["updates"])
        self._average.module.load_state_dict(state["weights"])

    @property
    def _updates(self) -> int:
        return int(self._average.n_averaged)  # which AveragedModel keeps on the CPU: no wait

    def _move(self, average: Tensors, current: Tensors, count: Tensor | int) -> None:
        done = self._updates
        decay = min(self._spec.ema, (1 + done) / (10 + done))
        get_ema_multi_avg_fn(decay)(average, current, count)
