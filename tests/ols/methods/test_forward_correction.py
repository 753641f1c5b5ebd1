from __future__ import annotations

import numpy as np
import torch

from ols.methods.forward_correction import ForwardCorrectionLoss, forward_correction
from ols.methods.transition import noise_matrix
from ols.spec.parts.noise import Noise
from tests.ols.reference import batch, close, cross_entropy_of, reference_log_softmax

NOISE = Noise(kind="symmetric", rate=0.4)


def test_it_is_the_papers_equation():
    logits, targets = batch(20, 5)
    matrix = noise_matrix(NOISE, 5)
    given = np.exp(reference_log_softmax(logits)) @ matrix.double().numpy()
    expected = -np.log(given[np.arange(20), targets.numpy()]).mean()
    close(ForwardCorrectionLoss(5, matrix)(logits, targets), expected)


def test_without_noise_it_is_cross_entropy_where_probabilities_underflow_too():
    logits, targets = batch(20, 5)
    close(forward_correction(logits, targets, torch.eye(5)), cross_entropy_of(logits, targets))
    far = torch.tensor([[0.0, -60.0]])
    close(forward_correction(far, torch.tensor([1]), torch.eye(2)), 60.0)


def test_its_minimum_on_noisy_labels_is_the_clean_prediction():
    # All labels of an image of class 0 as the noise would give them: 60% right, 10% each other.
    matrix = noise_matrix(NOISE, 5)
    logits = torch.zeros(1, 5, requires_grad=True)
    optimizer = torch.optim.LBFGS([logits], max_iter=100)

    def closure():
        optimizer.zero_grad()
        loss = forward_correction(logits, matrix[:1], matrix)
        loss.backward()
        return loss

    optimizer.step(closure)
    assert logits.softmax(1)[0, 0] > 0.99
