from __future__ import annotations

from ols.methods.bootstrap_hard import BootstrapHardLoss, bootstrap_hard
from tests.ols.reference import batch, close, cross_entropy_of, one_hot, reference_log_softmax


def test_it_is_the_papers_equation():
    logits, targets = batch(20, 7)
    log_p = reference_log_softmax(logits)
    predicted = one_hot(logits.detach().argmax(1), 7)
    target = 0.8 * one_hot(targets, 7) + 0.2 * predicted
    close(BootstrapHardLoss()(logits, targets), -(target * log_p).sum(1).mean())


def test_all_weight_on_the_label_is_cross_entropy():
    logits, targets = batch(20, 7)
    close(bootstrap_hard(logits, targets, 1.0), cross_entropy_of(logits, targets))


def test_a_right_prediction_is_cross_entropy():
    logits, _ = batch(20, 7)
    right = logits.detach().argmax(1)
    close(bootstrap_hard(logits, right), cross_entropy_of(logits, right))
