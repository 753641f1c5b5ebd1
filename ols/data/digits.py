"""Digits: 1,797 real 8 x 8 grey images that scikit-learn brings along, K = 10.

They come without an official split, so a fixed stratified fifth is the test set; it does not
depend on the run's seed, else runs would be measured on different images.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

from ols.data.dataset import Dataset, from_arrays
from ols.data.splits import stratified_split
from ols.errors import DatasetUnavailable
from ols.spec.datasets.digits import Digits

TEST_SHARE = 0.2
GREYS = 16  # the images count dark pixels in blocks of 4 x 4: values 0 to 16


def load(dataset: Digits, data_dir: Path) -> Dataset:
    values = np.loadtxt(_file(), delimiter=",", dtype=np.uint8)  # (1797, 65): 64 greys, the digit
    images = np.rint(values[:, :-1].reshape(-1, 8, 8) * (255 / GREYS)).astype(np.uint8)
    labels = values[:, -1].astype(np.int64)
    train, test = stratified_split(torch.from_numpy(labels), TEST_SHARE, seed=0)
    return from_arrays(
        "digits",
        tuple(str(digit) for digit in range(10)),
        (images[train.numpy()], labels[train.numpy()]),
        (images[test.numpy()], labels[test.numpy()]),
    )


def _file() -> Path:
    """scikit-learn's own, read without it: importing it takes seconds, and no dataset needs it.

    Raises DatasetUnavailable.
    """
    package = find_spec("sklearn")
    for folder in (package and package.submodule_search_locations) or ():
        if (file := Path(folder) / "datasets" / "data" / "digits.csv.gz").is_file():
            return file
    raise DatasetUnavailable("digits needs scikit-learn: pip install scikit-learn")
