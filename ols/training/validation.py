"""Measures a network after each epoch, remembers the best one, and tests at the run's end."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ols.data.dataset import AnySplit
from ols.data.feeding import evaluation_batches, evaluation_places
from ols.distributed.ranks import Ranks
from ols.measures.evaluation import Evaluation, Evaluator
from ols.methods.criterion import after_validation
from ols.training.confused_images import ConfusedImages
from ols.training.epoch_report import ConfusedPairs
from ols.training.precision import Precision
from ols.training.run_data import RunData

EVALUATION_BATCH = 250  # on a CPU larger batches leave the cache; measured on glyphs
EVALUATION_BATCH_GPU = 2000


class Validation:
    """`keep_best`: the weights of the best epoch are kept, which is fair only on a holdout."""

    def __init__(
        self,
        model: nn.Module,
        data: RunData,
        precision: Precision,
        ranks: Ranks,
        *,
        keep_best: bool,
    ) -> None:
        self._model = model
        self._data = data
        self._precision = precision
        self._ranks = ranks
        self._keep_best = keep_best
        self._temperature = math.nan  # of the last epoch
        self._images = ConfusedImages(data, drawn=ranks.first)
        self.confused: ConfusedPairs | None = None  # in the last epoch
        self.best: dict[str, Any] = {"epoch": 0, "top1": -1.0, "weights": None}

    def measure(self, epoch: int, criterion: nn.Module) -> Evaluation:
        """On the validation split, after `epoch`; a criterion that follows it is told."""
        split = self._data.validation
        evaluator = self._run(split)
        evaluation = evaluator.result()
        after_validation(criterion, evaluator.answers)
        self.confused = self._images.of_epoch(self._predictions(evaluator, split))
        self._temperature = evaluation.scaled.temperature
        if evaluation.top1 > self.best["top1"]:
            weights = _on_cpu(self._model) if self._keep_best else None
            self.best = {
                "epoch": epoch,
                "top1": evaluation.top1,
                "weights": weights,
                "temperature": self._temperature,
            }
        return evaluation

    def evaluate(self, model: nn.Module) -> Evaluation:
        """Another network than the one that is trained, on the validation split."""
        return self._run(self._data.validation, model).result()

    def evaluate_test(self, model: nn.Module, temperature: float) -> Evaluation:
        """The same on the test set, scaled by a temperature from the validation split."""
        return self._run(self._data.test, model).result(temperature)

    def predictions(self, split: AnySplit) -> NDArray[np.int64]:
        """(N,): what the network takes each image of a split for, the same on every rank."""
        return self._predictions(self._run(split), split)

    def _predictions(self, evaluator: Evaluator, split: AnySplit) -> NDArray[np.int64]:
        ranks = self._ranks
        places = evaluation_places(split, self._batch_size, ranks.rank, ranks.size)
        return evaluator.predictions(places, len(split))

    def final_test(self) -> dict[str, float]:
        """The test set, once: for the last weights, and for those of the best epoch.

        Scaled by the temperatures that were fitted on the validation split in those epochs.
        """
        metrics = self._evaluate(self._data.test, self._temperature).metrics("test")
        last = _on_cpu(self._model)
        self._model.load_state_dict(self.best["weights"])
        # A best epoch of a checkpoint from before temperatures were fitted has none.
        temperature = self.best.get("temperature", math.nan)
        best = self._evaluate(self._data.test, temperature)
        self._model.load_state_dict(last)
        return metrics | {
            "test_best_top1": best.top1,
            "test_best_ece": best.ece,
            "test_best_ece_scaled": best.scaled.bins.ece,
        }

    def _evaluate(self, split: AnySplit, temperature: float) -> Evaluation:
        return self._run(split).result(temperature)

    def _run(self, split: AnySplit, model: nn.Module | None = None) -> Evaluator:
        """The network's answers to a split, this rank's share of it; or those of `model`."""
        model = self._model if model is None else model
        model.eval()
        ranks = self._ranks
        evaluator = Evaluator(len(self._data.classes), self._device, ranks)
        batches = evaluation_batches(
            split, self._batch_size, self._data.normalise, ranks.rank, ranks.size
        )
        with torch.inference_mode():
            for images, labels in batches:
                with self._precision.autocast():
                    logits = model(images.contiguous(memory_format=torch.channels_last))
                evaluator.update(logits, labels)
        return evaluator

    @property
    def _device(self) -> torch.device:
        return self._data.true_labels.device

    @property
    def _batch_size(self) -> int:
        return EVALUATION_BATCH_GPU if self._device.type == "cuda" else EVALUATION_BATCH


def _on_cpu(model: nn.Module) -> dict[str, Tensor]:
    """A copy that later steps do not touch."""
    return {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}
