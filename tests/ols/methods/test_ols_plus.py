"""OLS+ against a loop over samples in float64, and where it must be OLS."""

from __future__ import annotations

import numpy as np
import torch
from scipy.special import log_softmax, softmax

from ols.methods.ols import OnlineLabelSmoothing
from ols.methods.ols_plus import OnlineLabelSmoothingPlusLoss, contradictions
from tests.ols.reference import batch, close, step_of

SAMPLES, CLASSES = 24, 5


def contradiction(y, soft, belief):
    """Of a class, soft labels (K, K) and a belief (K,) before it is divided."""
    belief, logs = belief / belief.sum(), np.log(soft.clip(1e-4))
    explained = logs @ belief
    return explained.max() - explained[y]


def of_sample(z, y, soft, belief, rate, alpha=0.5, kappa=50.0):
    """The loss of a sample of logits (K,)."""
    log_p = log_softmax(z)
    trust = np.exp(-kappa * rate * contradiction(y, soft, belief) / np.log(len(z)))
    return trust * -(alpha * log_p[y] + (1 - alpha) * (soft[y] * log_p).sum())


def reference(z, y, criterion, number):
    """Logits (K,), a class, the criterion and the sample's number -> the loss, in float64."""
    soft = criterion.ols.soft_labels.double().numpy()
    past = criterion.beliefs.rows[number].double().numpy()
    return of_sample(z, y, soft, 0.8 * past + 0.2 * softmax(z), criterion.rate.item())


def confident(seed, wrong=()):
    """Logits of a network that knows each sample's class, and labels of which some are wrong."""
    logits, targets = batch(SAMPLES, CLASSES, seed=seed)
    targets = torch.arange(SAMPLES) % CLASSES
    logits = logits.detach() / 4 + 4 * torch.nn.functional.one_hot(targets, CLASSES)
    targets[list(wrong)] = (targets[list(wrong)] + 1) % CLASSES
    return logits.requires_grad_(), targets


def test_four_epochs_are_those_of_a_loop_over_samples():
    criterion = OnlineLabelSmoothingPlusLoss(torch.zeros(SAMPLES, CLASSES))
    soft, beliefs = np.full((CLASSES, CLASSES), 1 / CLASSES), np.zeros((SAMPLES, CLASSES))
    rate = 0.0
    for seed in range(4):
        logits, targets = confident(seed, wrong=(0, 1, 2))
        rows, losses, sums, doubts = logits.detach().double().numpy(), [], np.zeros_like(soft), []
        for number, (z, y) in enumerate(zip(rows, targets.tolist(), strict=True)):
            beliefs[number] = 0.8 * beliefs[number] + 0.2 * softmax(z)
            losses.append(of_sample(z, y, soft, beliefs[number], rate))
            doubts.append(contradiction(y, soft, beliefs[number]))
            sums[y] += softmax(z) * (z.argmax() == y)
        close(criterion(logits, targets, step_of(range(SAMPLES))), np.mean(losses))
        criterion.end_epoch()
        soft = sums / sums.sum(1, keepdims=True)
        doubts = np.array(doubts)
        rate = np.sqrt((doubts > 1e-4).mean() * (1 - np.exp(-doubts)).mean())
        np.testing.assert_allclose(criterion.ols.soft_labels, soft, atol=1e-6)
        np.testing.assert_allclose(criterion.rate, rate, rtol=1e-4, atol=1e-7)
    assert 0.1 < rate < 0.2  # three of 24 labels are wrong


def test_where_no_label_is_contradicted_it_is_ols():
    criterion = OnlineLabelSmoothingPlusLoss(torch.zeros(SAMPLES, CLASSES), reduction="none")
    ols = OnlineLabelSmoothing(CLASSES, 0.5, reduction="none")
    for seed in range(3):
        logits, targets = confident(seed)
        losses = criterion(logits, targets, step_of(range(SAMPLES)))
        torch.testing.assert_close(losses, ols(logits, targets), rtol=2e-6, atol=0)
        criterion.end_epoch()
        ols.end_epoch()


def test_with_kappa_zero_it_is_ols_whatever_the_labels():
    criterion = OnlineLabelSmoothingPlusLoss(torch.zeros(SAMPLES, CLASSES), kappa=0.0)
    ols = OnlineLabelSmoothing(CLASSES, 0.5)
    for seed in range(3):
        logits, targets = batch(SAMPLES, CLASSES, seed=seed)
        torch.testing.assert_close(
            criterion(logits, targets, step_of(range(SAMPLES))), ols(logits, targets)
        )
        criterion.end_epoch()
        ols.end_epoch()


def test_a_contradicted_label_hardly_pulls_and_comes_back_with_the_belief():
    criterion = OnlineLabelSmoothingPlusLoss(torch.zeros(SAMPLES, CLASSES), kappa=65.0)
    wrong = 3
    for seed in range(4):
        logits, targets = confident(seed, wrong=[wrong, 0, 1])
        logits.grad = None
        criterion(logits, targets, step_of(range(SAMPLES))).backward()
        criterion.end_epoch()
    pulls = logits.grad.abs().sum(1)
    others = torch.arange(SAMPLES) > wrong
    assert pulls[wrong] < 0.05 * pulls[others].mean()
    criterion.beliefs.rows[wrong] = torch.nn.functional.one_hot(targets[wrong], CLASSES).float()
    logits.grad = None
    criterion(logits, targets, step_of(range(SAMPLES))).backward()
    assert logits.grad[wrong].abs().sum() > pulls[others].mean()


def test_a_dispute_between_similar_classes_counts_less():
    soft = torch.tensor([[0.55, 0.40, 0.05], [0.40, 0.55, 0.05], [0.05, 0.05, 0.90]])
    belief = torch.tensor([[0.8, 0.1, 0.1]])
    similar, distinct = (contradictions(belief, soft, torch.tensor([y])) for y in (1, 2))
    assert 0 < similar < distinct


def test_a_step_that_overflowed_leaves_no_trace():
    criterion = OnlineLabelSmoothingPlusLoss(torch.full((2, 3), 0.3))
    logits = torch.tensor([[torch.nan, 0, 0], [1.0, 0, 0]])
    criterion(logits, torch.tensor([0, 1]), step_of([0, 1]))
    rows = criterion.beliefs.rows
    assert torch.equal(rows[0], torch.full((3,), 0.3))
    assert not torch.equal(rows[1], rows[0])
    assert criterion.doubts[2] == 1


def test_validation_teaches_nothing():
    criterion = OnlineLabelSmoothingPlusLoss(torch.zeros(SAMPLES, CLASSES))
    logits, targets = confident(0)
    with torch.no_grad():
        criterion(logits, targets, step_of(range(SAMPLES)))
    criterion.eval()(logits, targets, step_of(range(SAMPLES)))
    assert not criterion.beliefs.rows.any()
    assert not criterion.ols.statistics.sums.any()
    assert not criterion.doubts.any()
