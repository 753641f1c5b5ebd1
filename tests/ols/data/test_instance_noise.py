"""Instance noise is that of Xia et al.: held against their algorithm, sample by sample."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import truncnorm

from ols.data.dataset import FileSplit, Split
from ols.data.instance_noise import (
    DEVIATION,
    instance_labels,
    truncated_normal,
    wrong_probabilities,
)
from tests.ols.image_files import write_image

STATISTICS = ((0.5,), (0.25,))


def split_of(count=600, classes=3, seed=0):
    stream = np.random.default_rng(seed)
    images = torch.from_numpy(stream.integers(0, 256, (count, 1, 5, 5), dtype=np.uint8))
    return Split(images, torch.arange(count) % classes)


def authors_probabilities(image, label, weights):
    """One row of P of `get_instance_noisy_label`, without the sample's own rate."""
    scores = image.reshape(-1) @ weights[label]
    scores[label] = -np.inf
    return np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()


def test_probabilities_are_the_authors():
    stream = np.random.default_rng(0)
    weights, images = stream.standard_normal((4, 9, 4)), stream.standard_normal((20, 3, 3))
    for label in range(4):
        ours = wrong_probabilities(images.reshape(20, -1) @ weights[label], label)
        theirs = [authors_probabilities(image, label, weights) for image in images]
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
        assert (ours[:, label] == 0).all()


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.4])
def test_rates_are_the_truncated_normal_of_the_authors(rate):
    drawn = truncated_normal(np.random.default_rng(1), rate, 40_000)
    law = truncnorm(-rate / DEVIATION, (1 - rate) / DEVIATION, loc=rate, scale=DEVIATION)
    assert drawn.min() >= 0
    assert drawn.max() <= 1
    assert drawn.mean() == pytest.approx(law.mean(), abs=2e-3)
    assert np.quantile(drawn, 0.9) == pytest.approx(law.ppf(0.9), abs=3e-3)


@pytest.mark.parametrize("rate", [0.2, 0.4])
def test_the_share_of_wrong_labels_is_the_mean_rate(rate):
    split = split_of(20_000)
    noisy = instance_labels(split, 3, rate, 0, STATISTICS)
    mean = truncnorm.mean(-rate / DEVIATION, (1 - rate) / DEVIATION, loc=rate, scale=DEVIATION)
    assert float(noisy.ne(split.labels).float().mean()) == pytest.approx(mean, abs=0.01)


def test_one_image_goes_wrong_one_way_and_several_go_several():
    split, zeros = split_of(2_000), torch.zeros(2_000, dtype=torch.int64)
    alike = Split(split.images[:1].expand(2_000, -1, -1, -1), zeros)
    shares = []
    for images in (alike, split.with_labels(zeros)):
        noisy = instance_labels(images, 3, 0.5, 0, STATISTICS)
        counts = noisy[noisy != 0].bincount(minlength=3).float()
        shares.append(float(counts.max() / counts.sum()))
    assert shares[0] > 0.9  # scores differ by several, so one class gets nearly all
    assert shares[1] < 0.7


def test_a_holdout_goes_wrong_in_the_same_directions_by_other_draws():
    split = split_of(3_000)
    kept, held_out = (
        instance_labels(split, 3, 0.5, 7, STATISTICS, held_out=held) for held in (False, True)
    )
    assert not torch.equal(kept, held_out)
    both = kept.ne(split.labels) & held_out.ne(split.labels)
    assert float(kept[both].eq(held_out[both]).float().mean()) > 0.85


def test_it_is_seeded_and_a_class_without_samples_moves_no_other():
    split = split_of(300)
    noisy = instance_labels(split, 3, 0.4, 3, STATISTICS)
    assert torch.equal(noisy, instance_labels(split, 3, 0.4, 3, STATISTICS))
    assert not torch.equal(noisy, instance_labels(split, 3, 0.4, 4, STATISTICS))
    moved = split.with_labels(torch.where(split.labels == 0, 1, split.labels))
    last = split.labels == 2
    assert torch.equal(instance_labels(moved, 3, 0.4, 3, STATISTICS)[last], noisy[last])


def test_photographs_are_projected_too(tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(12)]
    for seed, path in enumerate(paths):
        write_image(path, 0, seed)
    split = FileSplit(tuple(map(str, paths)), torch.zeros(12, dtype=torch.int64), 64, 0)
    noisy = instance_labels(split, 3, 0.9, 0, ((0.5,) * 3, (0.2,) * 3))
    assert 6 <= int(noisy.ne(0).sum()) <= 12
