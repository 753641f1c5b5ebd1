from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st
from sklearn.metrics import log_loss
from torchmetrics.functional.classification import multiclass_calibration_error

from ols.distributed.ranks import Ranks
from ols.measures.calibration import ECE_BINS, ConfidenceBins, SplitLogits, bin_sums

CPU = torch.device("cpu")


def calibrated(count: int = 20_000, classes: int = 5, seed: int = 0):
    """SplitLogits whose softmax is the true distribution of the targets."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(count, classes, generator=generator)
    targets = torch.multinomial(logits.softmax(1), 1, generator=generator).squeeze(1)
    return logits, targets


def kept(logits: torch.Tensor, targets: torch.Tensor, batch: int = 1000) -> SplitLogits:
    found = SplitLogits(CPU, Ranks())
    for start in range(0, len(targets), batch):
        found.add(logits[start : start + batch], targets[start : start + batch])
    return found


def bins_of(logits: torch.Tensor, targets: torch.Tensor) -> ConfidenceBins:
    confidences, predicted = logits.softmax(1).max(1)
    return ConfidenceBins(bin_sums(confidences, predicted.eq(targets)).numpy())


@pytest.mark.parametrize("factor", [0.25, 1.0, 4.0])
def test_the_temperature_is_what_the_logits_were_multiplied_by(factor: float):
    logits, targets = calibrated()
    assert kept(factor * logits, targets).fit_temperature() == pytest.approx(factor, rel=0.03)


def test_no_other_temperature_has_a_lower_loss():
    logits, targets = calibrated(2000)
    split = kept(3 * logits, targets)
    best = split.fit_temperature()
    losses = [split.scaled(best * factor).nll for factor in (0.9, 1.0, 1.1)]
    assert min(losses) == losses[1]


def test_scaling_keeps_the_predictions_and_mends_the_confidence():
    logits, targets = calibrated()
    sharp = 4 * logits
    split = kept(sharp, targets)
    scaled = split.scaled(split.fit_temperature())
    raw = bins_of(sharp, targets)
    assert scaled.bins.sums[:, 2].sum() == raw.sums[:, 2].sum()  # the same hits
    assert scaled.bins.ece < 0.02 < 0.1 < raw.ece
    p = (sharp / scaled.temperature).double().softmax(1).numpy()
    assert scaled.nll == pytest.approx(log_loss(targets.numpy(), p), rel=1e-5)


@given(st.integers(2, 8), st.integers(1, 200), st.integers(0, 1000))
@example(classes=2, count=1, seed=242)  # whose logits lie in [0, 1], as probabilities do
def test_torchmetrics_agrees_on_the_ece(classes: int, count: int, seed: int):
    logits, targets = calibrated(count, classes, seed)
    p = logits.softmax(1)
    # Its bins are open on the other side: a confidence on a border may count elsewhere.
    borders = torch.linspace(0, 1, ECE_BINS + 1)
    assume((p.max(1).values[:, None] - borders).abs().min() > 1e-6)
    expected = multiclass_calibration_error(p, targets, classes, ECE_BINS)
    assert bins_of(logits, targets).ece == pytest.approx(float(expected), abs=1e-5)


def test_a_diagram_has_means_and_nothing_in_an_empty_bin():
    confidences = torch.tensor([0.99, 0.97, 0.5])
    diagram = ConfidenceBins(bin_sums(confidences, torch.tensor([1.0, 0.0, 1.0])).numpy()).diagram()
    assert (diagram.shape, diagram.dtype) == ((ECE_BINS, 3), np.float32)
    np.testing.assert_allclose(diagram[-1], [2, 0.98, 0.5], rtol=1e-6)
    assert diagram[:, 0].sum() == 3
    assert np.isnan(diagram[0, 1:]).all()


def test_a_network_that_is_sure_and_right_wants_no_heat():
    split = kept(10 * torch.eye(7), torch.arange(7))
    temperature = split.fit_temperature()
    assert 0 < temperature < 1
    assert split.scaled(temperature).bins.ece == pytest.approx(0, abs=1e-6)


def test_logits_that_are_not_finite_have_no_temperature():
    split = kept(torch.full((4, 3), math.nan), torch.zeros(4, dtype=torch.int64))
    assert math.isnan(split.fit_temperature())
    scaled = split.scaled(math.nan)
    assert math.isnan(scaled.nll)
    assert math.isnan(scaled.bins.ece)
