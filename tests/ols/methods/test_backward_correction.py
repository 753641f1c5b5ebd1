from __future__ import annotations

import numpy as np
import torch

from ols.methods.backward_correction import BackwardCorrectionLoss, backward_correction
from ols.methods.transition import noise_matrix
from ols.spec.parts.noise import Noise
from tests.ols.reference import batch, close, cross_entropy_of, reference_log_softmax

NOISE = Noise(kind="pair_flip", rate=0.3)


def test_it_is_the_papers_equation():
    logits, targets = batch(20, 5)
    matrix = noise_matrix(NOISE, 5)
    inverse = np.linalg.inv(matrix.double().numpy())
    expected = -(inverse[targets.numpy()] * reference_log_softmax(logits)).sum(1).mean()
    close(BackwardCorrectionLoss(5, matrix)(logits, targets), expected)


def test_over_the_noise_its_mean_is_the_loss_on_clean_labels():
    logits, targets = batch(20, 5)
    matrix = noise_matrix(NOISE, 5)
    inverse = torch.linalg.inv(matrix)
    mean = 0.0
    for flip, share in ((0, 0.7), (1, 0.3)):  # each sample with each label that it may be given
        mean += share * backward_correction(logits, (targets + flip) % 5, inverse)
    close(mean, cross_entropy_of(logits, targets))


def test_without_noise_it_is_cross_entropy():
    logits, targets = batch(20, 5)
    close(
        BackwardCorrectionLoss(5, torch.eye(5))(logits, targets), cross_entropy_of(logits, targets)
    )


def test_a_new_matrix_has_a_new_inverse():
    logits, targets = batch(20, 5)
    criterion = BackwardCorrectionLoss(5, noise_matrix(NOISE, 5))
    before = criterion(logits, targets).item()
    criterion.matrix.copy_(torch.eye(5))
    close(criterion(logits, targets), cross_entropy_of(logits, targets))
    assert criterion(logits, targets).item() != before
