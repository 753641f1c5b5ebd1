"""Equal data has an equal fingerprint; a pixel, a label or a file's name changes it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from ols.data.dataset import Dataset, FileSplit, from_arrays
from ols.data.fingerprint import fingerprint


def data() -> Dataset:
    images = np.arange(6 * 4 * 4, dtype=np.uint8).reshape(6, 4, 4)
    labels = np.array([0, 1, 0, 1, 0, 1])
    return from_arrays("mine", ("a", "b"), (images, labels), (images[:2], labels[:2]))


def test_a_pixel_a_label_and_a_class_change_it() -> None:
    same = fingerprint(data())
    assert same == fingerprint(data())
    assert len(same) == 16
    pixel = data()
    pixel.train.images[3, 0, 2, 2] += 1  # type: ignore[union-attr]
    label = data()
    label.test.labels[0] = 1
    renamed = replace(data(), classes=("a", "c"))
    assert len({same, *(fingerprint(each) for each in (pixel, label, renamed))}) == 4


def test_of_image_files_names_count_wherever_they_lie() -> None:
    def of(*paths: str) -> str:
        split = FileSplit(paths, torch.tensor([0, 1]), 32, 0)
        return fingerprint(Dataset("mine", ("a", "b"), split, split, (0.5,), (0.5,)))

    here = of("/data/a/1.png", "/data/b/2.png")
    assert here == of("/elsewhere/a/1.png", "/elsewhere/b/2.png")
    assert here != of("/data/a/1.png", "/data/b/3.png")
