from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def test_they_are_scikit_learns_read_without_loading_it() -> None:
    """Importing scikit-learn costs each trainer seconds of CPU."""
    code = (
        "import sys; from ols.data.loading import load_dataset;"
        "from ols.spec.datasets.digits import Digits; load_dataset(Digits(), '.');"
        "assert 'sklearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    from sklearn.datasets import load_digits

    bunch, digits = load_digits(), load_dataset(Digits(), Path())
    pixels = torch.cat([digits.train.images, digits.test.images]).flatten(1).sum(1)
    expected = np.rint(bunch.images * (255 / 16)).reshape(len(bunch.images), -1).sum(1)
    assert sorted(pixels.tolist()) == sorted(expected.tolist())
    labels = torch.cat([digits.train.labels, digits.test.labels])
    assert torch.bincount(labels).tolist() == np.bincount(bunch.target).tolist()
