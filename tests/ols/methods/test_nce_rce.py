from __future__ import annotations

import numpy as np
import torch

from ols.methods.nce_rce import NceRceLoss, normalized_cross_entropy
from tests.ols.reference import batch, close, one_hot, reference_log_softmax


def test_it_is_the_papers_equation():
    logits, targets = batch(20, 7)
    log_p = reference_log_softmax(logits)
    given = one_hot(targets, 7)
    active = (given * log_p).sum(1) / log_p.sum(1)
    passive = -(np.exp(log_p) * np.log(np.maximum(given, 1e-4))).sum(1)
    close(NceRceLoss()(logits, targets), (10 * active + 0.1 * passive).mean())


def test_the_normalised_losses_of_all_labels_sum_to_one():
    logits, _ = batch(1, 7)
    losses = [normalized_cross_entropy(logits, torch.tensor([k])) for k in range(7)]
    close(sum(losses), 1.0)
