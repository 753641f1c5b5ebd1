from __future__ import annotations

import io
from types import SimpleNamespace

import numpy as np
import torch
from PIL import Image

from ols.data.dataset import FileSplit, Split
from ols.training.samples import PHOTOGRAPH, class_samples
from ols.training.trainer import Trainer


def pixels(webp: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(webp)).convert("RGB"))


def data(train, labels, classes):
    """The parts of RunData that samples are made of."""
    return SimpleNamespace(
        train=train, true_labels=torch.tensor(labels), classes=tuple(map(str, range(classes)))
    )


def test_tiles_are_the_images_of_their_class_without_loss():
    images = torch.randint(0, 256, (6, 3, 5, 5), dtype=torch.uint8)
    labels = [0, 1, 0, 1, 1, 0]
    split = Split(images, torch.zeros(6, dtype=torch.int64))  # the labels given do not matter
    found = class_samples(data(split, labels, 3), per_class=2)
    assert (found.per_class, found.size, len(found.rows)) == (2, 5, 3)
    for number, chosen in ((0, [0, 5]), (1, [1, 4])):
        row = np.concatenate([images[i].permute(1, 2, 0).numpy() for i in chosen], axis=1)
        np.testing.assert_array_equal(pixels(found.rows[number]), row)
    assert not pixels(found.rows[2]).any()  # a class without images


def test_grey_images_that_are_not_square_are_centred():
    images = torch.full((1, 1, 2, 4), 9, dtype=torch.uint8)
    found = class_samples(data(Split(images, torch.tensor([0])), [0], 1), per_class=1)
    assert found.size == 4
    assert pixels(found.rows[0])[:, :, 0].tolist() == [[0] * 4, [9] * 4, [9] * 4, [0] * 4]


def test_photographs_are_cut_to_squares_and_damaged_ones_are_black(tmp_path):
    Image.new("RGB", (300, 100), (200, 0, 0)).save(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").write_bytes(b"no image")
    paths = (str(tmp_path / "a.jpg"), str(tmp_path / "b.jpg"))
    split = FileSplit(paths, torch.tensor([0, 0]), 224, 0)
    row = pixels(class_samples(data(split, [0, 0], 1)).rows[0])
    assert row.shape == (PHOTOGRAPH, 8 * PHOTOGRAPH, 3)
    assert row[10, 10, 0] > 180
    assert row[:, PHOTOGRAPH + 8 :].max() < 10


def test_a_trainer_shows_true_labels_whatever_the_noise(spec, data_dir):
    noisy = Trainer(spec(noise={"kind": "symmetric", "rate": 0.8}), data_dir=data_dir).samples()
    assert noisy == Trainer(spec(), data_dir=data_dir).samples()
    assert (noisy.size, len(noisy.rows)) == (8, 10)
