"""SVHN, cropped digits: 73,257 training and 26,032 test images of 32 x 32 (Netzer et al. 2011).

Read by torchvision, which compares each MATLAB file with its published MD5 sum. The digit 0, whose
label there is 10, is class 0.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ols.data.dataset import Arrays, Dataset, from_arrays
from ols.data.reading import reading
from ols.errors import DatasetUnavailable
from ols.spec.datasets.svhn import SVHN

# Of the training images' pixels in [0, 1], as public code has it.
MEAN = (0.4377, 0.4438, 0.4728)
STD = (0.1980, 0.2010, 0.1970)
EXTRA = "extra_32x32.mat"


def load(dataset: SVHN, data_dir: Path) -> Dataset:
    # Imported here: torchvision takes a second to load.
    from torchvision import datasets

    def arrays(*splits: str) -> Arrays:
        parts = [datasets.SVHN(folder, split) for split in splits]
        images = np.concatenate([part.data.transpose(0, 2, 3, 1) for part in parts])
        return images, np.concatenate([part.labels for part in parts])

    with reading("svhn", data_dir) as folder:
        if dataset.extra and not (folder / EXTRA).is_file():
            raise DatasetUnavailable(
                f"{folder} lacks {EXTRA} (1.3 GB). Put it there too, or switch dataset.extra off"
            )
        training = ("train", "extra") if dataset.extra else ("train",)
        classes = tuple(str(digit) for digit in range(10))
        return from_arrays("svhn", classes, arrays(*training), arrays("test"), (MEAN, STD))
