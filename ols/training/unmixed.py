"""Training accuracy where a run mixes images, by Mixup or CutMix.

A step then sees two images in one and is right about both in part: its accuracy is no accuracy on
the training set (with CutMix on digits .25 where the network knows .44). So the network is asked
again when the epoch has ended: about unmixed images, in evaluation mode, as it is about validation
images. Of a large training set a part stands for the whole; it is the same part in every epoch.
"""

from __future__ import annotations

import torch

from ols.random_streams import random_stream
from ols.spec.run_spec import RunSpec
from ols.training.run_data import RunData
from ols.training.train_record import training_accuracies
from ols.training.validation import Validation

LARGEST = 10_000  # samples: half a percentage point, at the price of a validation


class UnmixedAccuracy:
    """Of the samples that the run's seed draws, or of all where there are no more."""

    def __init__(self, spec: RunSpec, data: RunData, validation: Validation) -> None:
        self._noisy = spec.noise.kind != "none"
        self._validation = validation
        order = random_stream(spec.seed, "unmixed").permutation(len(data.train))
        numbers = torch.from_numpy(order[:LARGEST]).sort().values.to(data.true_labels.device)
        self._split = data.train.select(numbers)
        self._true = data.true_labels[numbers]

    def measure(self) -> dict[str, float]:
        """`train_*` but the loss, of the network as it is."""
        predicted = torch.from_numpy(self._validation.predictions(self._split))
        predicted = predicted.to(self._true.device)
        return training_accuracies(predicted, self._split.labels, self._true, noisy=self._noisy)
