from __future__ import annotations

import sys

import numpy as np
import torch

from ols.data.loading import load_dataset
from ols.spec.datasets.digits import Digits


def test_digits_are_complete_and_always_split_alike(data_dir):
    data, again = (load_dataset(Digits(), data_dir) for _ in range(2))
    assert len(data.train) + len(data.test) == 1797
    assert len(data.test) == 359
    assert data.train.images.shape[1:] == (1, 8, 8)
    assert int(data.train.images.max()) == 255
    assert torch.equal(data.test.images, again.test.images)
    assert data.test.labels.bincount().min() >= 34


def test_normalised_training_images_have_zero_mean_and_unit_variance(data_dir):
    data = load_dataset(Digits(), data_dir)
    pixels = (data.train.images.double() / 255 - data.mean[0]) / data.std[0]
    assert abs(float(pixels.mean())) < 1e-9
    assert abs(float(pixels.std(unbiased=False)) - 1) < 1e-9


def test_they_are_scikit_learns_read_without_loading_it(data_dir, monkeypatch):
    """Importing scikit-learn costs each trainer a second and a half of CPU."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "sklearn"]:
        monkeypatch.delitem(sys.modules, name)
    digits = load_dataset(Digits(), data_dir)
    assert "sklearn" not in sys.modules
    monkeypatch.undo()
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = np.rint(bunch.images * (255 / 16)).astype(np.uint8)
    expected = [(image.tobytes(), label) for image, label in zip(images, bunch.target, strict=True)]
    both = (digits.train, digits.test)
    loaded = torch.cat([part.images for part in both]).numpy()
    labels = torch.cat([part.labels for part in both]).tolist()
    pairs = [(image.tobytes(), label) for image, label in zip(loaded, labels, strict=True)]
    assert sorted(pairs) == sorted(expected)
