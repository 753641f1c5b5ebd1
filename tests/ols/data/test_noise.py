from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ols.data.noise import corrupt_labels, map_labels, numbered_map
from ols.errors import SpecError
from ols.spec.datasets.cifar import CIFAR10, CIFAR100, CIFAR100_SUPERCLASSES
from ols.spec.parts.noise import Noise


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


@given(rate=st.floats(0, 0.99), seed=st.integers(0, 99))
def test_of_each_class_in_a_map_an_exact_share_becomes_the_other(rate, seed):
    labels = torch.arange(300) % 10
    noisy = map_labels(labels, {3: 5, 5: 3, 9: 1}, rate, seed)
    for label in range(10):
        became = noisy[labels == label]
        wrong = became[became != label]
        assert len(wrong) == (round(rate * 30) if label in (3, 5, 9) else 0)
        assert set(wrong.tolist()) <= {{3: 5, 5: 3, 9: 1}.get(label)}


def test_a_holdout_draws_for_itself_what_training_draws():
    labels = torch.zeros(200, dtype=torch.int64)
    kept, held_out = (map_labels(labels, {0: 1}, 0.5, 0, held_out=held) for held in (False, True))
    assert int(kept.sum()) == int(held_out.sum()) == 100
    assert not torch.equal(kept, held_out)


def test_the_usual_maps_are_those_of_the_literature():
    classes = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship")
    numbers = numbered_map(CIFAR10.mistaken_for, (*classes, "truck"))
    assert numbers == {9: 1, 2: 0, 4: 7, 3: 5, 5: 3}  # Patrini et al., CVPR 2017
    above = {name: names for names in CIFAR100_SUPERCLASSES.values() for name in names}
    assert CIFAR100.mistaken_for.keys() == above.keys()
    for name, other in CIFAR100.mistaken_for.items():
        assert other != name
        assert other in above[name]
    assert len(set(CIFAR100.mistaken_for.values())) == 100


def test_a_map_of_other_classes_is_refused_by_field():
    with pytest.raises(SpecError, match=r"noise\.map: 'cow' is no class"):
        numbered_map({"cat": "cow"}, ("cat", "dog"))
