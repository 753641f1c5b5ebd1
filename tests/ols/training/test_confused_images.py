from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from ols.distributed.ranks import Ranks
from ols.training import confused_images as module
from ols.training.confused_images import EXAMPLES, ConfusedImages, confused_pairs
from ols.training.run_data import load_run_data
from ols.training.trainer import Trainer

CPU = torch.device("cpu")


@pytest.fixture
def data(spec, data_dir):
    def load(**values):
        return load_run_data(spec(**values), data_dir, CPU, Ranks())

    return load


def mistaken(data, *, shift=1):
    """Every image taken for the class `shift` after its own."""
    return (data.validation.labels.numpy() + shift) % len(data.classes)


def test_pairs_are_counted_and_name_their_first_samples():
    labels = np.array([0, 0, 1, 1, 1, 1, 1, 2])
    predicted = np.array([0, 2, 0, 0, 0, 0, 1, 1])
    found = confused_pairs(labels, predicted, 3)
    assert found.tolist() == [[1, 0, 2, 3, 4], [0, 2, 1, -1, -1], [2, 1, 7, -1, -1]]


def test_no_mistake_no_pair():
    labels = np.arange(5)
    assert confused_pairs(labels, labels, 5).shape == (0, 2 + EXAMPLES)


def test_of_many_classes_two_pairs_each_are_named_at_most():
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 60, (2, 20_000))
    found = confused_pairs(labels, predicted, 60)
    assert len(found) == 120
    counts = [((labels == a) & (predicted == b)).sum() for a, b, *_ in found]
    assert counts == sorted(counts, reverse=True)
    for a, b, *numbers in found:
        assert (labels[numbers] == a).all()
        assert (predicted[numbers] == b).all()


def test_numbers_are_the_datasets_own(spec, data_dir, data):
    held = data(eval_on="holdout")
    found = ConfusedImages(held).of_epoch(mistaken(held))
    assert found.part == "train"
    whole = data(eval_on="test").train
    for a, b, *numbers in found.pairs.tolist():
        assert b == (a + 1) % 10
        assert whole.labels[[n for n in numbers if n >= 0]].tolist() == [a] * EXAMPLES


def test_a_picture_is_the_image_it_is_named_for_and_comes_once(data, monkeypatch):
    monkeypatch.setattr(module, "NEW_PICTURES", 7)
    own = data(eval_on="test")
    images = ConfusedImages(own)
    epochs = [images.of_epoch(mistaken(own)).pictures for _ in range(6)]
    assert [len(pictures) for pictures in epochs] == [7, 7, 7, 7, 2, 0]  # 10 pairs of 3
    assert len(set().union(*epochs)) == 30
    for number, picture in epochs[0].items():
        pixels = np.asarray(Image.open(io.BytesIO(picture)))
        expected = own.validation.images[number, 0].numpy()
        for channel in range(3):
            np.testing.assert_array_equal(pixels[:, :, channel], expected)


def test_only_the_first_rank_draws(data):
    own = data(eval_on="test")
    found = ConfusedImages(own, drawn=False).of_epoch(mistaken(own))
    assert found.pictures == {}
    assert len(found.pairs) == 10


def test_a_report_names_what_its_confusion_counts(spec, data_dir):
    (report,) = Trainer(spec(epochs=1), data_dir=data_dir, device="cpu", threads=1)
    counts, pairs = report.matrices["confusion"], report.confused.pairs
    assert 0 < len(pairs) <= 50
    for a, b, *numbers in pairs.tolist():
        assert a != b
        assert min(counts[a, b], EXAMPLES) == sum(number >= 0 for number in numbers)


@pytest.mark.slow
def test_a_resumed_run_names_the_same_images(spec, data_dir, tmp_path):
    made = spec(epochs=3)
    options = {"data_dir": data_dir, "device": "cpu", "threads": 1}
    whole = [report.confused for report in Trainer(made, **options)]
    first = iter(Trainer(made, checkpoint_dir=tmp_path, **options))
    next(first), next(first)  # the checkpoint of epoch 1 is written
    first.close()
    resumed = [report.confused for report in Trainer(made, checkpoint_dir=tmp_path, **options)]
    for before, after in zip(whole[-len(resumed) :], resumed, strict=True):
        np.testing.assert_array_equal(before.pairs, after.pairs)
    assert len(resumed) == 2
