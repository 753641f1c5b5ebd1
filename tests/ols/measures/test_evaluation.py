from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, top_k_accuracy_score

from ols.measures.evaluation import ECE_BINS, Evaluator

CPU = torch.device("cpu")


def sample(classes=7, count=500):
    targets = torch.randint(classes, (count,))
    logits = torch.randn(count, classes)
    logits[torch.arange(count), targets] += 1
    return logits, targets


def evaluate(logits, targets, classes=7, batch=64):
    evaluator = Evaluator(classes, CPU)
    for start in range(0, len(targets), batch):
        evaluator.update(logits[start : start + batch], targets[start : start + batch])
    return evaluator.result()


def reference_ece(p, y):
    """Guo et al., bin by bin."""
    confidence, hit = p.max(1), p.argmax(1) == y
    edges = np.linspace(0, 1, ECE_BINS + 1)
    total = 0.0
    for low, high in pairwise(edges):
        members = (confidence > low) & (confidence <= high)
        if members.any():
            gap = abs(hit[members].mean() - confidence[members].mean())
            total += members.mean() * gap
    return total


def test_numbers_match_scikit_learn():
    logits, targets = sample()
    result = evaluate(logits, targets)
    p, y = torch.softmax(logits.double(), 1).numpy(), targets.numpy()
    assert result.top1 == pytest.approx(accuracy_score(y, p.argmax(1)))
    assert result.top5 == pytest.approx(top_k_accuracy_score(y, p, k=5))
    assert result.loss == pytest.approx(log_loss(y, p), rel=1e-5)
    assert result.ece == pytest.approx(reference_ece(p, y), abs=1e-6)
    assert np.array_equal(result.confusion, confusion_matrix(y, p.argmax(1)))
    means = np.stack([p[y == label].mean(0) for label in range(7)])
    assert np.allclose(result.probabilities, means, atol=1e-6)


def test_types_are_what_the_report_promises():
    result = evaluate(*sample())
    assert result.confusion.dtype == np.uint32
    assert result.probabilities.dtype == np.float32


@pytest.mark.parametrize("batch", [1, 33, 500])
def test_the_batch_size_does_not_matter(batch):
    torch.manual_seed(1)
    logits, targets = sample()
    assert evaluate(logits, targets, batch=batch).metrics("val") == pytest.approx(
        evaluate(logits, targets).metrics("val"), rel=1e-6
    )


def test_top5_of_three_classes_is_one():
    logits, targets = sample(3)
    assert evaluate(logits, targets, 3).top5 == 1


def test_a_class_without_samples_has_a_row_of_zeros():
    logits = torch.randn(10, 7)
    result = evaluate(logits, torch.zeros(10, dtype=torch.int64))
    assert not result.probabilities[1:].any()
    assert result.confusion[1:].sum() == 0


def test_a_sure_and_right_network_is_calibrated():
    targets = torch.arange(7)
    result = evaluate(100 * torch.eye(7), targets)
    assert (result.top1, result.ece) == (1, 0)
