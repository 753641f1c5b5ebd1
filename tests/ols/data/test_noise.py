from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ols.data.noise import corrupt_labels
from ols.spec.parts.training_data import Noise


@given(
    count=st.integers(1, 500),
    classes=st.integers(2, 20),
    rate=st.floats(0, 0.99),
    seed=st.integers(0, 99),
    kind=st.sampled_from(["symmetric", "pair_flip"]),
)
def test_the_share_of_wrong_labels_is_exact(count, classes, rate, seed, kind):
    labels = torch.arange(count) % classes
    noisy = corrupt_labels(labels, classes, Noise(kind=kind, rate=rate), seed)
    assert int(noisy.ne(labels).sum()) == round(rate * count)
    assert int(noisy.min()) >= 0
    assert int(noisy.max()) < classes


def test_symmetric_noise_draws_every_other_class_equally():
    labels = torch.zeros(90_000, dtype=torch.int64)
    noisy = corrupt_labels(labels, 10, Noise(kind="symmetric", rate=0.9), 0)
    counts = noisy.bincount(minlength=10)
    assert int(counts[0]) == 9_000
    assert (counts[1:] - 9_000).abs().max() < 500


def test_pair_flip_takes_the_next_class():
    labels = torch.arange(1000) % 10
    noisy = corrupt_labels(labels, 10, Noise(kind="pair_flip", rate=0.4), 0)
    wrong = noisy.ne(labels)
    assert torch.equal(noisy[wrong], (labels[wrong] + 1) % 10)


def test_noise_is_seeded_and_leaves_the_given_labels_alone():
    labels = torch.arange(100) % 10
    noise = Noise(kind="symmetric", rate=0.5)
    assert torch.equal(corrupt_labels(labels, 10, noise, 1), corrupt_labels(labels, 10, noise, 1))
    assert not torch.equal(
        corrupt_labels(labels, 10, noise, 1), corrupt_labels(labels, 10, noise, 2)
    )
    assert torch.equal(labels, torch.arange(100) % 10)


@pytest.mark.parametrize("noise", [Noise(), Noise(kind="symmetric", rate=0)])
def test_no_noise_changes_nothing(noise):
    labels = torch.arange(100) % 10
    assert torch.equal(corrupt_labels(labels, 10, noise, 1), labels)
