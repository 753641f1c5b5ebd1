from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy as scipy_entropy
from scipy.stats import spearmanr

from ols.measures import soft_label_quality as quality
from ols.measures.soft_label_quality import SoftLabelQuality

K = 5
UNIFORM = np.full((K, K), 1 / K)
IDENTITY = np.eye(K)


def random_soft(seed: int, k: int = K) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(k, 0.3), k)


def random_counts(seed: int, k: int = K) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 9, (k, k)).astype(float)


def test_limits_of_uniform_and_one_hot_soft_labels():
    assert quality.entropy(UNIFORM) == pytest.approx(math.log(K))
    assert quality.entropy(IDENTITY) == 0
    assert quality.target_probability(UNIFORM) == pytest.approx(1 / K)
    assert quality.target_probability(IDENTITY) == 1
    assert quality.effective_partners(UNIFORM) == pytest.approx(K - 1)
    assert math.isnan(quality.effective_partners(IDENTITY))  # nothing is left beside the target
    assert quality.change(UNIFORM, UNIFORM) == 0
    assert quality.change(IDENTITY, np.roll(IDENTITY, 1, axis=1)) == 1


@given(st.integers(0, 2**31), st.integers(2, 9))
def test_scipy_agrees(seed: int, k: int):
    soft, counts = random_soft(seed, k), random_counts(seed, k) + np.eye(k)
    assert quality.entropy(soft) == pytest.approx(scipy_entropy(soft, axis=1).mean())
    shares = counts / counts.sum(1, keepdims=True)
    expected = scipy_entropy(shares, np.maximum(soft, 1e-7), axis=1)
    floor = np.log(np.maximum(soft, 1e-7).sum(1))  # SciPy brings its second argument to sum 1
    assert quality.kl_to_confusion(soft, counts) == pytest.approx((expected - floor).mean())
    off = ~np.eye(k, dtype=bool)
    if len(set(counts[off])) > 1:
        rank = spearmanr(soft[off], counts[off]).statistic
        assert quality.rank_correlation(soft, counts) == pytest.approx(rank)


def test_soft_labels_equal_to_the_confusion_agree_with_it():
    counts = random_counts(1) + 1
    soft = counts / counts.sum(1, keepdims=True)
    assert quality.kl_to_confusion(soft, counts) == pytest.approx(0, abs=1e-12)
    assert quality.rank_correlation(soft, soft) == pytest.approx(1)
    assert quality.rank_correlation(soft, -soft + 1) == pytest.approx(-1)


def test_empty_rows_and_constant_matrices_are_left_out():
    soft = IDENTITY.copy()
    soft[2] = 0
    soft[1] = [0.5, 0.5, 0, 0, 0]
    assert quality.entropy(soft) == pytest.approx(math.log(2) / 4)
    assert quality.target_probability(soft) == pytest.approx(3.5 / 4)
    assert math.isnan(quality.kl_to_confusion(soft, np.zeros((K, K))))
    assert math.isnan(quality.rank_correlation(UNIFORM, random_counts(0)))


def test_superclasses_that_the_soft_labels_follow_have_rank_one_with_themselves():
    related = quality.same_superclass(["a", "a", "b", "b", "b"])
    assert related.sum() == 4 + 9
    assert quality.rank_correlation(related, related) == pytest.approx(1)


def test_the_noise_posterior_is_counted_by_given_label():
    posterior = quality.noise_posterior([0, 0, 0, 1], [0, 0, 1, 1], 3)
    np.testing.assert_allclose(posterior, [[2 / 3, 1 / 3, 0], [0, 1, 0], [0, 0, 0]])


def test_leak_is_nothing_for_hard_labels_and_all_for_the_posterior():
    rate = 0.4
    pair_flip = (1 - rate) * IDENTITY + rate * np.roll(IDENTITY, -1, axis=1)
    assert quality.noise_leak(IDENTITY, pair_flip) == 0
    assert quality.noise_leak(pair_flip, pair_flip) == pytest.approx(1)
    assert quality.noise_distance(pair_flip, pair_flip) == 0
    assert quality.noise_distance(IDENTITY, pair_flip) == pytest.approx(rate)
    half = 0.8 * IDENTITY + 0.2 * np.roll(IDENTITY, -1, axis=1)
    assert quality.noise_leak(half, pair_flip) == pytest.approx(0.5)
    assert math.isnan(quality.noise_leak(half, IDENTITY))  # no noise, no leak


def test_an_epoch_is_compared_with_the_one_before():
    first, second = (random_soft(seed).astype(np.float32) for seed in (0, 1))
    counts = random_counts(0).astype(np.uint32)
    measure = SoftLabelQuality(first)
    assert measure.measure(first, counts)["soft_change"] == 0
    metrics = measure.measure(second, counts)
    assert metrics["soft_change"] == pytest.approx(np.abs(first - second).sum() / 2 / K)
    assert measure.measure(second, counts)["soft_change"] == 0
    assert set(metrics) == {
        *("soft_entropy", "soft_target", "soft_partners", "soft_change"),
        *("soft_kl_confusion", "soft_rank_confusion"),
    }


def test_what_is_known_more_is_measured_more():
    soft, counts = random_soft(0).astype(np.float32), random_counts(0).astype(np.uint32)
    posterior = 0.8 * IDENTITY + 0.2 * UNIFORM
    metrics = SoftLabelQuality(soft, list("aabbb"), posterior).measure(soft, counts)
    assert {"soft_rank_superclass", "soft_noise_leak", "soft_noise_distance"} < set(metrics)


def test_it_loads_without_torch():
    code = "import sys, ols.measures.soft_label_quality; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
