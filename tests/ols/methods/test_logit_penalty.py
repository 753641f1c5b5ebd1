from __future__ import annotations

from ols.methods.logit_penalty import LogitPenaltyLoss, logit_penalty
from tests.ols.reference import batch, close, cross_entropy_of


def test_it_is_the_equation():
    logits, targets = batch(20, 7)
    length = (logits.detach().double().numpy() ** 2).sum(1).mean()
    close(LogitPenaltyLoss()(logits, targets), cross_entropy_of(logits, targets) + 1e-3 * length)


def test_with_beta_zero_it_is_cross_entropy():
    logits, targets = batch(20, 7)
    close(logit_penalty(logits, targets, 0.0), cross_entropy_of(logits, targets))
