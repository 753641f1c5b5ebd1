"""What is measured once, on the test set, when a run ends: attacks and an ensemble of epochs.

An ensemble needs the softmax of its epochs, not their weights: a sum of them (N, K), part of the
checkpoint, so a run that resumes from one ends with the same ensemble. Its temperature is fitted on
the holdout, where there is one, as the single networks' are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ols.data.dataset import AnySplit
from ols.data.feeding import evaluation_batches
from ols.distributed.ranks import Ranks
from ols.measures.attacks import (
    AttackBox,
    Loss,
    cross_entropy,
    fgsm,
    margin,
    pgd,
    random_start,
    standardised_cross_entropy,
)
from ols.measures.autoattack import autoattack_survivors, check_autoattack
from ols.measures.evaluation import Evaluator
from ols.random_streams import derived_seed
from ols.spec.run_spec import RunSpec
from ols.training.precision import Precision
from ols.training.run_data import RunData

BATCH = 250


class FinalTest:
    """Call `after_epoch` after each; it gives its numbers after the last."""

    def __init__(
        self, spec: RunSpec, model: nn.Module, data: RunData, precision: Precision, ranks: Ranks
    ) -> None:
        self._spec, self._measures = spec, spec.final
        self._model, self._data = model, data
        self._precision, self._ranks = precision, ranks
        if self._measures.attacks == "autoattack":
            check_autoattack(len(data.classes))
        self._members = self._measures.members(spec.epochs)
        self._splits = {"test": data.test}
        if spec.eval_on == "holdout":
            self._splits["holdout"] = data.validation
        # Of each split (N, K), the sum over the ensemble's epochs so far.
        self._sums: dict[str, Tensor] = {}

    def after_epoch(self, epoch: int) -> dict[str, float]:
        """Metrics of the end, empty before it."""
        self._model.eval()
        if epoch in self._members:
            for name, split in self._splits.items():
                softmax = self._softmax(split)
                self._sums[name] = self._sums[name] + softmax if name in self._sums else softmax
        if epoch < self._spec.epochs:
            return {}
        return self._ensemble() | self._attacks()

    def state(self) -> dict[str, Tensor]:
        """For the checkpoint."""
        return {name: total.cpu() for name, total in self._sums.items()}

    def restore(self, state: dict[str, Tensor] | Tensor | None) -> None:
        """What `state` gave; version 0.1 gave the sum of the test set, or None."""
        if isinstance(state, Tensor):
            state = {"test": state}
        self._sums = {name: total.to(self._device) for name, total in (state or {}).items()}

    @property
    def _device(self) -> torch.device:
        return self._data.true_labels.device

    def _batches(self, split: AnySplit) -> Any:
        """This rank's share of a split's images, and the rows (B,) that they have in it."""
        # The rows' numbers go through in the labels' place.
        numbered = split.with_labels(torch.arange(len(split), device=self._device))
        ranks = self._ranks
        return evaluation_batches(numbered, BATCH, self._data.normalise, ranks.rank, ranks.size)

    def _softmax(self, split: AnySplit) -> Tensor:
        """(N, K), the same on every rank."""
        softmax = torch.zeros(len(split), len(self._data.classes), device=self._device)
        with torch.inference_mode():
            for images, rows in self._batches(split):
                with self._precision.autocast():
                    logits = self._model(images.contiguous(memory_format=torch.channels_last))
                softmax[rows] = logits.float().softmax(1)
        self._ranks.sum_(softmax)
        return softmax

    def _ensemble(self) -> dict[str, float]:
        if not self._sums:
            return {}
        temperature = None  # fitted on the test set itself
        if "holdout" in self._splits:
            temperature = math.nan  # a checkpoint of version 0.1 kept no sum of the holdout
            if "holdout" in self._sums:
                temperature = self._mean_of("holdout").fit_temperature()
        return self._mean_of("test").result(temperature).metrics("test_ensemble")

    def _mean_of(self, name: str) -> Evaluator:
        """The ensemble's mean softmax of a split, as logits; every rank has it whole."""
        evaluator = Evaluator(len(self._data.classes), self._device)
        mean = self._sums[name] / len(self._members)
        evaluator.update(mean.clamp(min=1e-30).log(), self._splits[name].labels)
        return evaluator

    def _attacks(self) -> dict[str, float]:
        attacks = self._measures.attacks
        if attacks == "none":
            return {}
        if attacks == "autoattack":
            return {"test_autoattack_top1": self._autoattack()}
        right = {"test_fgsm_top1": self._right(self._fgsm)}
        if attacks != "fgsm":
            right["test_pgd_top1"] = self._right(self._pgd(cross_entropy))
        if attacks == "fgsm_pgd_worst":
            survivors = self._right(self._pgd(margin))
            right["test_pgd_margin_top1"] = survivors
            survivors = survivors & self._right(self._pgd(standardised_cross_entropy))
            right["test_pgd_worst_top1"] = survivors
        return {name: int(images.sum()) / len(images) for name, images in right.items()}

    def _autoattack(self) -> float:
        """The share of the test images that stay right."""
        right = torch.zeros((), dtype=torch.int64, device=self._device)
        for images, rows in self._batches(self._data.test):
            right += autoattack_survivors(
                self._model,
                len(self._data.classes),
                images,
                self._data.test.labels[rows],
                self._data.normalise,
                self._measures.epsilon,
                derived_seed(self._spec.seed, "attack"),
            ).sum()
        self._ranks.sum_(right)
        return int(right) / len(self._data.test)

    def _box(self) -> AttackBox:
        normalise = self._data.normalise
        return AttackBox(normalise.levels(self._measures.epsilon), *normalise.limits)

    def _fgsm(self, images: Tensor, labels: Tensor, rows: Tensor) -> Tensor:
        return fgsm(self._model, images, labels, self._box())

    def _pgd(self, loss: Loss) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
        """From a start that the run's seed determines, whichever rank attacks the image."""

        def attack(images: Tensor, labels: Tensor, rows: Tensor) -> Tensor:
            start = random_start(images.shape, rows, derived_seed(self._spec.seed, "attack"))
            return pgd(
                self._model,
                images,
                labels,
                self._box(),
                step=self._data.normalise.levels(self._measures.pgd_step),
                steps=self._measures.pgd_steps,
                start=start.to(images.device),
                loss=loss,
            )

        return attack

    def _right(self, attack: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Tensor:
        """(N,) booleans: which test images are still right, in float32: a sign needs exact
        gradients."""
        right = torch.zeros(len(self._data.test), dtype=torch.int32, device=self._device)
        for images, rows in self._batches(self._data.test):
            labels = self._data.test.labels[rows]
            images = images.contiguous(memory_format=torch.channels_last)
            attacked = attack(images, labels, rows)
            with torch.no_grad():
                right[rows] = self._model(attacked).argmax(1).eq(labels).int()
        self._ranks.sum_(right)
        return right.bool()
