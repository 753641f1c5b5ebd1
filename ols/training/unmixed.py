"""Training accuracy and memorised labels in evaluation mode, on unmixed images, after each epoch.

A step's own passes see augmented images, with batch norm's statistics of the batch, while the
weights move; under Mixup and CutMix they see two images in one and are right about both in part
(with CutMix on digits .25 where the network knows .44). So the network is asked again when the
epoch has ended, as it is about validation images. Of the training set a part stands for the whole;
it is the same part in every epoch.
"""

from __future__ import annotations

import torch

from ols.random_streams import random_stream
from ols.spec.metrics import MEMORISED
from ols.spec.run_spec import RunSpec
from ols.training.run_data import RunData
from ols.training.train_record import training_accuracies
from ols.training.validation import Validation

LARGEST = 10_000  # samples: half a percentage point, at the price of a validation
FEWEST = 1_000
SHARE = 5  # every fifth sample: a fifteenth of what training on all of them costs


class UnmixedAccuracy:
    """Of the samples that the run's seed draws: where it mixes images up to LARGEST, for there is
    no other accuracy, else a fifth, at least FEWEST where there are as many."""

    def __init__(self, spec: RunSpec, data: RunData, validation: Validation) -> None:
        self._noisy = spec.noise.kind != "none"
        self._mixed = spec.augment.mix != "none"
        self._validation = validation
        order = random_stream(spec.seed, "unmixed").permutation(len(data.train))
        part = len(order) if self._mixed else max(len(order) // SHARE, FEWEST)
        numbers = torch.from_numpy(order[: min(part, LARGEST)]).sort().values
        numbers = numbers.to(data.true_labels.device)
        self._split = data.train.select(numbers)
        self._true = data.true_labels[numbers]

    def measure(self) -> dict[str, float]:
        """`train_eval_*` of the network as it is; where images are mixed all of `train_*` but the
        loss too."""
        predicted = torch.from_numpy(self._validation.predictions(self._split))
        predicted = predicted.to(self._true.device)
        given = self._split.labels
        metrics = training_accuracies(predicted, given, self._true, noisy=self._noisy)
        evaluated = {
            f"train_eval_{name.removeprefix('train_')}": metrics[name]
            for name in ("train_top1", MEMORISED)
            if name in metrics
        }
        return evaluated | metrics if self._mixed else evaluated
