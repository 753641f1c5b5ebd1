"""What is measured once, on the test set, when a run ends: attacks and an ensemble of epochs.

An ensemble needs the softmax of chosen epochs, not their weights: a sum of them (N, K), part of the
checkpoint, so a run that resumes from one ends with the same ensemble.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ols.data.feeding import evaluation_batches
from ols.distributed.ranks import Ranks
from ols.measures.attacks import Box, fgsm, pgd, random_start
from ols.measures.evaluation import Evaluator
from ols.random_streams import derived_seed
from ols.spec.run_spec import RunSpec
from ols.training.run_data import RunData
from ols.training.runtime import Precision

BATCH = 250


class FinalTest:
    """Call `after_epoch` after each; it gives its numbers after the last."""

    def __init__(
        self, spec: RunSpec, model: nn.Module, data: RunData, precision: Precision, ranks: Ranks
    ) -> None:
        self._spec, self._wanted = spec, spec.final
        self._model, self._data = model, data
        self._precision, self._ranks = precision, ranks
        self._members = self._wanted.members(spec.epochs)
        self._softmax: Tensor | None = None  # (N, K), the sum over the ensemble's epochs so far

    def after_epoch(self, epoch: int) -> dict[str, float]:
        """Metrics of the end, empty before it."""
        self._model.eval()
        if epoch in self._members:
            softmax = self._test_softmax()
            self._softmax = softmax if self._softmax is None else self._softmax + softmax
        if epoch < self._spec.epochs:
            return {}
        return self._ensemble() | self._attacks()

    def state(self) -> Tensor | None:
        """For the checkpoint."""
        return None if self._softmax is None else self._softmax.cpu()

    def restore(self, state: Tensor | None) -> None:
        self._softmax = None if state is None else state.to(self._device)

    @property
    def _device(self) -> torch.device:
        return self._data.true_labels.device

    def _batches(self) -> Any:
        """This rank's share of the test images, and the rows (B,) that they have in the set."""
        test, ranks = self._data.test, self._ranks
        # The rows' numbers go through in the labels' place.
        numbered = test.with_labels(torch.arange(len(test), device=self._device))
        return evaluation_batches(numbered, BATCH, self._data.normalise, ranks.rank, ranks.size)

    def _test_softmax(self) -> Tensor:
        """(N, K), the same on every rank."""
        shape = len(self._data.test), len(self._data.classes)
        found = torch.zeros(shape, device=self._device)
        with torch.inference_mode():
            for images, rows in self._batches():
                with self._precision.autocast():
                    logits = self._model(images.contiguous(memory_format=torch.channels_last))
                found[rows] = logits.float().softmax(1)
        self._ranks.sum_(found)
        return found

    def _ensemble(self) -> dict[str, float]:
        if self._softmax is None:
            return {}
        evaluator = Evaluator(len(self._data.classes), self._device)
        mean = self._softmax / len(self._members)
        evaluator.update(mean.clamp(min=1e-30).log(), self._data.test.labels)
        return evaluator.result().metrics("test_ensemble")

    def _attacks(self) -> dict[str, float]:
        if self._wanted.attacks == "none":
            return {}
        found = {"test_fgsm_top1": self._accuracy(self._fgsm)}
        if self._wanted.attacks == "fgsm_pgd":
            found["test_pgd_top1"] = self._accuracy(self._pgd)
        return found

    def _box(self) -> Box:
        normalise = self._data.normalise
        return Box(normalise.levels(self._wanted.epsilon), *normalise.limits)

    def _fgsm(self, images: Tensor, labels: Tensor, rows: Tensor) -> Tensor:
        return fgsm(self._model, images, labels, self._box())

    def _pgd(self, images: Tensor, labels: Tensor, rows: Tensor) -> Tensor:
        """From a start that the run's seed determines, whichever rank attacks the image."""
        start = random_start(images.shape, rows, derived_seed(self._spec.seed, "attack"))
        return pgd(
            self._model,
            images,
            labels,
            self._box(),
            step=self._data.normalise.levels(self._wanted.pgd_step),
            steps=self._wanted.pgd_steps,
            start=start.to(images.device),
        )

    def _accuracy(self, attack: Callable[[Tensor, Tensor, Tensor], Tensor]) -> float:
        """Top-1 on the attacked test images, in float32: a sign needs exact gradients."""
        hits = torch.zeros((), dtype=torch.int64, device=self._device)
        for images, rows in self._batches():
            labels = self._data.test.labels[rows]
            images = images.contiguous(memory_format=torch.channels_last)
            attacked = attack(images, labels, rows)
            with torch.no_grad():
                hits += self._model(attacked).argmax(1).eq(labels).sum()
        self._ranks.sum_(hits)
        return int(hits) / len(self._data.test)
