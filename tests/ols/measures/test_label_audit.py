"""Scores of labels: confident learning is cleanlab's, and each score finds planted errors."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ols.measures.confident_learning import class_thresholds, confident_joint
from ols.measures.label_audit import audit_labels, class_margin, learned_soft_labels, otsu, ranking
from ols.measures.sample_statistics import SampleStatistics
from ols.spec.audit_scores import SCORE_NAMES

N, K = 1_200, 8


def statistics_of(rate=0.25, seed=0, classes=K, sharp=2.5, twins=((0, 1), (1, 0))):
    """A network that has mostly seen through the wrong labels, and the true ones; class 0 is taken
    for class 1 and the other way round."""
    stream = np.random.default_rng(seed)
    true = stream.integers(0, classes, N)
    other = (true + stream.integers(1, max(classes, 2), N)) % classes
    given = np.where(stream.random(N) < rate, other, true)
    logits = stream.standard_normal((N, classes))
    logits[np.arange(N), true] += sharp
    logits[np.arange(N), given] += 0.8  # partly memorised
    for label, twin in twins:
        logits[true == label, twin] += sharp - 0.5
    softmax = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    rows = np.arange(N)
    others = np.where(np.arange(classes) == given[:, None], -1, softmax)
    margin = logits[rows, given] - np.where(others < 0, -np.inf, logits).max(1)
    zeros = np.zeros(N, np.int16)
    return true, SampleStatistics(
        given=given,
        margin=margin.astype(np.float32),
        confidence=softmax[rows, given].astype(np.float32),
        deviation=zeros.astype(np.float32),
        learned=zeros,
        forgotten=zeros,
        other=others.argmax(1),
        softmax=softmax.astype(np.float32),
    )


def top_three(statistics):
    order = np.argsort(-statistics.softmax, axis=1)[:, :3]
    shares = np.take_along_axis(statistics.softmax, order, 1)
    return replace(statistics, softmax=shares, classes=order)


@pytest.mark.parametrize(("rate", "sharp"), [(0.0, 2.5), (0.25, 2.5), (0.4, 1.0), (0.25, 6.0)])
def test_confident_learning_is_cleanlabs(rate, sharp):
    from cleanlab.count import (
        compute_confident_joint,
        get_confident_thresholds,
        num_label_issues,
    )
    from cleanlab.rank import get_label_quality_scores

    _, statistics = statistics_of(rate, sharp=sharp)
    given, p = statistics.given, statistics.softmax.astype(np.float64)
    p /= p.sum(1, keepdims=True)
    thresholds = class_thresholds(given, statistics.confidence.astype(np.float64), K)
    np.testing.assert_allclose(thresholds, get_confident_thresholds(given, p), atol=1e-6)
    theirs = compute_confident_joint(given, p)  # whole samples
    joint = confident_joint(statistics, thresholds)
    np.testing.assert_allclose(joint, theirs / N, atol=1.5 / N)
    score = audit_labels(statistics, K)["self_confidence"]
    quality = get_label_quality_scores(given, p, adjust_pred_probs=True)
    np.testing.assert_array_equal(ranking(score.values)[:300], np.argsort(quality)[:300])
    issues = num_label_issues(given, p, estimation_method="off_diagonal_calibrated")
    assert score.rate * N == pytest.approx(issues, abs=2)


def test_a_class_without_samples_has_no_threshold_and_harms_no_other():
    _, statistics = statistics_of(0.0)
    kept = np.flatnonzero(statistics.given != 3)
    fewer = replace(
        statistics,
        **{
            name: getattr(statistics, name)[kept]
            for name in ("given", "margin", "confidence", "other", "softmax")
        },
    )
    thresholds = class_thresholds(fewer.given, fewer.confidence.astype(np.float64), K)
    assert math.isinf(thresholds[3])
    for score in audit_labels(fewer, K).values():
        assert np.isfinite(score.values).all()
        assert score.joint.sum() == pytest.approx(1, abs=1e-5)
        assert 0 <= score.rate <= 1


@pytest.mark.parametrize("score", SCORE_NAMES)
def test_each_score_finds_planted_errors(score):
    true, statistics = statistics_of()
    wrong = true != statistics.given
    scored = audit_labels(statistics, K)[score]
    found = wrong[ranking(scored.values)[: wrong.sum()]].mean()
    assert found > 0.8  # by chance 0.22
    assert abs(scored.rate - wrong.mean()) < 0.2
    assert scored.joint.sum() == pytest.approx(1, abs=1e-5)
    assert np.trace(scored.joint) == pytest.approx(1 - scored.rate, abs=2e-3)
    above = scored.values > scored.cut
    assert above.mean() == pytest.approx(scored.rate, abs=2 / N)


def test_the_soft_label_knows_which_classes_are_alike():
    """Of two samples that are as unsure, the one that is unsure as its class is less suspicious."""
    _, statistics = statistics_of(0.0)
    soft = learned_soft_labels(statistics, K)
    np.testing.assert_allclose(soft.sum(1), 1, atol=1e-6)
    assert soft[0, 1] > 3 * soft[0, 2:].max()
    like_its_class, unlike = np.full(K, 0.01), np.full(K, 0.01)
    like_its_class[[0, 1]], unlike[[0, 5]] = 0.47, 0.47
    softmax = statistics.softmax.copy()
    softmax[:2] = like_its_class, unlike
    given = statistics.given.copy()
    given[:2] = 0
    scored = audit_labels(replace(statistics, softmax=softmax, given=given), K)["soft_label"]
    assert scored.values[0] < scored.values[1]


def test_the_class_margin_forgives_a_class_that_is_hard():
    """Two samples of one margin: the one whose class has large margins is more suspicious."""
    given = np.repeat([0, 1], 50)
    aum = np.where(given == 0, -9.0, -1.0)
    aum[[0, 50]] = -0.5
    values = class_margin(given, aum, 3)
    assert values[0] > 8 > 1 > values[50] > 0
    assert values[given == 0].mean() == pytest.approx(0)
    aum[7] = np.nan
    assert np.isnan(class_margin(given, aum, 3)[7])
    assert np.isfinite(np.delete(class_margin(given, aum, 3), 7)).all()


@pytest.mark.parametrize("score", SCORE_NAMES)
def test_the_top_three_classes_nearly_do_as_well(score):
    true, statistics = statistics_of(classes=30)
    wrong = true != statistics.given
    parts = []
    for each in (statistics, top_three(statistics)):
        scored = audit_labels(each, 30)[score]
        parts.append(wrong[ranking(scored.values)[: wrong.sum()]].mean())
    assert parts[1] > parts[0] - 0.05


def test_a_sample_that_was_not_watched_comes_last():
    _, statistics = statistics_of()
    changed = {}
    for name in ("margin", "confidence", "softmax"):
        changed[name] = getattr(statistics, name).copy()
        changed[name][5] = np.nan
    for name, scored in audit_labels(replace(statistics, **changed), K).items():
        assert np.isnan(scored.values[5]), name
        assert ranking(scored.values)[-1] == 5
        assert np.isfinite(np.delete(scored.values, 5)).all()
        assert math.isfinite(scored.cut)
        assert math.isfinite(scored.rate)
        assert np.isfinite(scored.joint).all()


@pytest.mark.parametrize("score", ["aum", "class_margin", "mean_confidence", "soft_label"])
def test_a_network_that_doubts_no_label_finds_none_wrong(score):
    _, statistics = statistics_of(0.0, sharp=14.0, twins=())
    scored = audit_labels(statistics, K)[score]
    assert scored.rate < 1e-3
    assert np.trace(scored.joint) > 0.999


def test_otsu_parts_two_groups_between_them():
    stream = np.random.default_rng(0)
    values = np.concatenate([stream.normal(0, 1, 800), stream.normal(9, 1, 200)])
    assert 3 < otsu(values) < 6
    assert otsu(np.array([2.0])) == 2.0


def test_one_class_has_nothing_to_audit():
    _, statistics = statistics_of(classes=1, rate=0, twins=())
    nothing = np.full(N, np.nan, np.float32)
    one = replace(statistics, margin=nothing, confidence=nothing, other=statistics.given)
    for scored in audit_labels(one, 1).values():
        assert scored.rate == pytest.approx(0)
