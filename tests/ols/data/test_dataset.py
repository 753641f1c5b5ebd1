from __future__ import annotations

import numpy as np
import pytest

from ols.data.dataset import from_arrays

IMAGES = np.zeros((4, 3, 3), np.uint8)


def make(labels, images=IMAGES):
    labels = np.asarray(labels)
    return from_arrays("toy", ("a", "b"), (images, labels), (images, labels))


def test_images_get_a_channel_and_labels_are_int64():
    data = make([0, 1, 0, 1])
    assert data.train.images.shape == (4, 1, 3, 3)
    assert str(data.train.labels.dtype) == "torch.int64"


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1, 2, 1], r"\[0, 2\], must lie in \[0, 1\]"),
        ([-1, 0, 1, 1], "-1"),
        ([0, 1], "4 images"),
    ],
)
def test_wrong_labels_are_found_when_loading(labels, message):
    with pytest.raises(ValueError, match=message):
        make(labels)


def test_an_empty_dataset_is_refused():
    with pytest.raises(ValueError, match="no images"):
        make([], np.zeros((0, 3, 3), np.uint8))
