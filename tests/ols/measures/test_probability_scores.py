"""Brier score, adaptive and class-wise ECE, AURC: references of a few lines, and limiting cases."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from sklearn.metrics import brier_score_loss

from ols.distributed.ranks import Ranks
from ols.measures.calibration import ECE_BINS
from ols.measures.probability_scores import ProbabilityScorer, ProbabilityScores
from tests.ols.measures.test_calibration import calibrated

CPU = torch.device("cpu")


def scores(p: torch.Tensor, targets: torch.Tensor, batch: int = 100) -> ProbabilityScores:
    scorer = ProbabilityScorer(p.shape[1], CPU, Ranks())
    for start in range(0, len(p), batch):
        scorer.update(p[start : start + batch], targets[start : start + batch])
    return scorer.result()


@pytest.fixture(scope="module")
def split() -> tuple[torch.Tensor, torch.Tensor]:
    logits, targets = calibrated(1500)
    return (1.7 * logits).softmax(1), targets


def test_the_brier_score_is_scikit_learns(split):
    p, targets = split
    known = brier_score_loss(targets, p.double().numpy(), scale_by_half=False)
    assert scores(*split).brier == pytest.approx(known)


def test_adaptive_bins_hold_equally_many_samples(split):
    p, targets = split
    confidences, predicted = p.double().max(1)
    order = confidences.argsort(descending=True)
    hits = predicted.eq(targets)[order].double().numpy()
    confidences = confidences[order].numpy()
    size = len(hits) // ECE_BINS
    gaps = [
        abs(hits[i : i + size].mean() - confidences[i : i + size].mean())
        for i in range(0, len(hits), size)
    ]
    assert scores(*split).ece_adaptive == pytest.approx(np.mean(gaps))


def test_the_classwise_error_is_the_mean_over_the_classes(split):
    p, targets = split
    edges, errors = np.linspace(0, 1, ECE_BINS + 1), []
    for k in range(p.shape[1]):
        own, hit = p[:, k].double().numpy(), targets.eq(k).double().numpy()
        inside = [(own > low) & (own <= high) for low, high in itertools.pairwise(edges)]
        errors.append(sum(abs((hit - own)[mask].sum()) for mask in inside) / len(own))
    assert scores(*split).ece_classwise == pytest.approx(np.mean(errors))


def test_aurc_is_the_mean_risk_of_the_most_confident(split):
    p, targets = split
    confidences, predicted = p.max(1)
    wrong = predicted.ne(targets)[confidences.argsort(descending=True)].double().numpy()
    risks = [wrong[: n + 1].mean() for n in range(len(wrong))]
    assert scores(*split).aurc == pytest.approx(np.mean(risks))


def test_neither_batches_nor_the_order_of_equal_confidences_change_a_number():
    p = torch.tensor([[0.8, 0.2]] * 40 + [[0.3, 0.7]] * 20)
    targets = torch.tensor([0, 1] * 30)
    whole = scores(p, targets)
    order = torch.randperm(60, generator=torch.Generator().manual_seed(1))
    other = scores(p[order], targets[order], batch=7)
    assert vars(other) == pytest.approx(vars(whole))


def test_a_network_that_knows_is_perfect_and_one_that_is_surely_wrong_the_worst():
    knows = torch.eye(4)[torch.arange(40) % 4]
    best, worst = (scores(knows, torch.arange(shift, 40 + shift) % 4) for shift in (0, 1))
    assert vars(best) == {"brier": 0, "ece_adaptive": 0, "ece_classwise": 0, "aurc": 0}
    assert (worst.brier, worst.ece_adaptive, worst.aurc) == (2, 1, 1)
    assert worst.ece_classwise == pytest.approx(0.5)  # two of four probabilities are off by 1


def test_doubt_that_knows_its_errors_has_a_lower_aurc_than_doubt_that_does_not():
    targets = torch.zeros(10, dtype=torch.int64)
    doubtful = [0.45] * 2 + [0.9] * 8
    knowing = torch.tensor([[1 - (c := v), c][::-1] for v in doubtful])
    sure = knowing.clone()
    sure[:2] = torch.tensor([0.05, 0.95])
    assert scores(knowing, targets).aurc < scores(sure, targets).aurc


def test_of_nothing_nothing_is_measured():
    empty = scores(torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64))
    assert all(math.isnan(value) for value in vars(empty).values())
