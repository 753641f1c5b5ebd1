from __future__ import annotations

import numpy as np
import torch

from ols.data.loading import load_dataset
from ols.spec.datasets.digits import Digits


def test_they_are_scikit_learns(data_dir):
    from sklearn.datasets import load_digits

    data, bunch = load_dataset(Digits(), data_dir), load_digits()
    images = torch.cat([data.train.images, data.test.images]).squeeze(1)
    labels = torch.cat([data.train.labels, data.test.labels])
    expected = [
        (image.tobytes(), label)
        for image, label in zip(
            np.rint(bunch.images * (255 / 16)).astype(np.uint8), bunch.target, strict=True
        )
    ]
    loaded = zip(images.numpy(), labels.tolist(), strict=True)
    assert sorted((image.tobytes(), label) for image, label in loaded) == sorted(expected)


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
