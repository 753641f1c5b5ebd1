"""What is measured once, on the test set, when a run ends: attacks and an ensemble of epochs.

An ensemble needs the softmax of chosen epochs, not their weights: a sum of them (N, K), part of the
checkpoint, so a run that goes on from one ends with the same ensemble.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ols.attacks import Box, fgsm, pgd
from ols.data.dataset import AnySplit
from ols.data.feeding import evaluation_batches
from ols.data.streams import derived_seed
from ols.metrics import Evaluator
from ols.ranks import Ranks
from ols.run_data import RunData
from ols.runtime import Precision
from ols.spec import RunSpec

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

    def _batches(self, split: AnySplit) -> Any:
        ranks = self._ranks
        return evaluation_batches(split, BATCH, self._data.normalise, ranks.rank, ranks.size)

    def _test_softmax(self) -> Tensor:
        """(N, K), the same on every rank."""
        test = self._data.test
        found = torch.zeros(len(test), len(self._data.classes), device=self._device)
        # The rows' numbers in the labels' place say where a batch's rows belong.
        numbered = test.with_labels(torch.arange(len(test), device=self._device))
        with torch.inference_mode():
            for images, rows in self._batches(numbered):
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
        wanted, normalise = self._wanted, self._data.normalise
        low, high = normalise.limits
        box = Box(normalise.levels(wanted.epsilon), low, high)
        found = {
            "test_fgsm_top1": self._accuracy(lambda x, labels: fgsm(self._model, x, labels, box))
        }
        if wanted.attacks == "fgsm_pgd":
            generator = torch.Generator().manual_seed(derived_seed(self._spec.seed, "attack"))
            step = normalise.levels(wanted.pgd_step)

            def attack(images: Tensor, labels: Tensor) -> Tensor:
                return pgd(
                    self._model,
                    images,
                    labels,
                    box,
                    step=step,
                    steps=wanted.pgd_steps,
                    generator=generator,
                )

            found["test_pgd_top1"] = self._accuracy(attack)
        return found

    def _accuracy(self, attack: Callable[[Tensor, Tensor], Tensor]) -> float:
        """Top-1 on the attacked test images, in float32: a sign needs exact gradients."""
        hits = torch.zeros((), dtype=torch.int64, device=self._device)
        for images, labels in self._batches(self._data.test):
            attacked = attack(images.contiguous(memory_format=torch.channels_last), labels)
            with torch.no_grad():
                hits += self._model(attacked).argmax(1).eq(labels).sum()
        self._ranks.sum_(hits)
        return int(hits) / len(self._data.test)
