from __future__ import annotations

import math

import pytest
import torch

from ols.errors import Diverged
from ols.training.train_record import TrainRecord, training_accuracies

GIVEN, PREDICTED = torch.tensor([0, 1, 2, 3]), torch.tensor([0, 1, 1, 3])


def record_of(losses, **options):
    record = TrainRecord(GIVEN, len(losses), **options)
    logits = torch.nn.functional.one_hot(PREDICTED, 4).float()
    for loss in losses:
        record.add(torch.tensor(loss), logits, torch.arange(4), 4)
    return record


def test_an_epoch_keeps_its_mean_loss_and_what_was_predicted():
    record = record_of([2.0, 4.0])
    assert record.loss() == 3.0
    assert torch.equal(record.predicted(), PREDICTED)


def test_accuracies_against_given_and_true_labels():
    true = torch.tensor([0, 1, 2, 0])
    metrics = training_accuracies(PREDICTED, GIVEN, true, noisy=True)
    assert metrics == {
        "train_top1": 0.75,  # against the labels as given
        "train_clean_top1": 0.5,
        "train_clean_samples_top1": 2 / 3,
        "train_corrupted_samples_top1": 0.0,
        "train_memorized": 1.0,  # the one wrong label is predicted
    }


def test_without_noise_the_noise_metrics_are_absent():
    assert set(training_accuracies(PREDICTED, GIVEN, GIVEN, noisy=False)) == {"train_top1"}


def test_without_wrong_labels_nothing_can_be_memorised():
    metrics = training_accuracies(PREDICTED, GIVEN, GIVEN, noisy=True)
    assert math.isnan(metrics["train_memorized"])


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_divergence_names_epoch_and_step(bad):
    record = record_of([1.0, 2.0, bad, 1.0])
    with pytest.raises(Diverged, match="epoch 7, step 3"):
        record.check(7)


def test_a_skipped_fp16_step_is_a_warning():
    record = record_of([1.0, math.inf, 3.0], scaled=True)
    record.check(1)
    assert record.loss() == 2.0
    assert record.skipped_steps() == "1 of 3 steps overflowed in fp16 and were skipped"


def test_fp16_that_only_overflows_has_diverged():
    with pytest.raises(Diverged):
        record_of([math.nan] * 3, scaled=True).check(1)
