"""CIFAR-10 as image files: in the original order, or refused in words."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ols.data import decoded_images
from ols.data.availability import availability
from ols.data.cifar_copies import CLASSES, write_order
from ols.data.decoded_images import PIXELS
from ols.data.loading import load_dataset
from ols.errors import DatasetUnavailable
from ols.spec.datasets.cifar import CIFAR10
from tests.ols import published_files

ORDER = [6, 9, 9, 4, 1, 1, 2, 7, 8, 3, 0, 5]  # CIFAR-10's begins so: frog, truck, truck, deer


@pytest.fixture
def folder(tmp_path):
    """The images' grey is 10 times their class plus their number in it."""
    folder = tmp_path / "cifar10-jpeg"
    for part, labels in (("train", ORDER), ("test", range(10))):
        counts = dict.fromkeys(range(10), 0)
        for label in labels:
            path = folder / part / CLASSES[label] / f"{counts[label]:04}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            grey = 10 * label + counts[label]
            Image.new("RGB", (32, 32), (grey, grey, grey)).save(path)
            counts[label] += 1
    write_order(folder, ORDER)
    return folder


def test_images_stand_in_the_original_order(folder, tmp_path):
    assert (folder / "order.txt").read_text().split("\n")[:3] == [
        "frog/0000.png",
        "truck/0000.png",
        "truck/0001.png",
    ]
    data = load_dataset(CIFAR10(), tmp_path)
    assert data.classes == CLASSES
    assert data.train.labels.tolist() == ORDER
    greys = data.train.images[:, 0, 0, 0].tolist()
    assert greys == [60, 90, 91, 40, 10, 11, 20, 70, 80, 30, 0, 50]
    assert data.test.labels.tolist() == list(range(10))
    assert availability(tmp_path)["cifar10"]["available"]


def test_a_part_of_each_class_keeps_its_numbers(folder, tmp_path):
    data = load_dataset(CIFAR10(train_per_class=2), tmp_path)
    assert data.whole_train == 12
    assert data.train_numbers.tolist() == list(range(12))
    kept = cifar_copies_first(tmp_path)
    assert kept.train_numbers.tolist() == [0, 1, 3, 4, 6, 7, 8, 9, 10, 11]
    assert kept.train.labels.tolist() == [ORDER[n] for n in kept.train_numbers]


def cifar_copies_first(data_dir):
    return load_dataset(CIFAR10.model_construct(train_per_class=1), data_dir)


def test_pixels_are_decoded_once_and_anew_when_a_file_changes(folder, tmp_path, monkeypatch):
    first = load_dataset(CIFAR10(), tmp_path)
    assert (folder / PIXELS).is_file()
    decoded = []
    monkeypatch.setattr(decoded_images, "_decoded", lambda paths, side: decoded.append(paths))
    again = load_dataset(CIFAR10(), tmp_path)
    assert not decoded
    assert again.train.images.equal(first.train.images)
    monkeypatch.undo()
    Image.new("RGB", (32, 32), "white").save(folder / "train" / "frog" / "0000.png")
    assert load_dataset(CIFAR10(), tmp_path).train.images[0].unique().tolist() == [255]


def test_torchvisions_files_come_first(folder, tmp_path, monkeypatch):
    published_files.write_cifar10(tmp_path, monkeypatch)
    assert load_dataset(CIFAR10(), tmp_path).classes[0] == "thing 0"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: lines[:-1], "each of the 12 training images once; it has 11 lines"),
        (lambda lines: [*lines[:-1], lines[0]], "12 lines, 11 of them different"),
        (lambda lines: [*lines, "frog/9999.png"], "line 13: no image 'frog/9999.png'"),
        (lambda lines: ["../test/frog/0000.png", *lines], "line 1: no image"),
        (lambda lines: [], "it has 0 lines"),
    ],
)
def test_an_order_of_other_images_is_refused(folder, tmp_path, change, said):
    lines = (folder / "order.txt").read_text().split()
    (folder / "order.txt").write_text("\n".join(change(lines)))
    with pytest.raises(DatasetUnavailable, match=said):
        load_dataset(CIFAR10(), tmp_path)


def test_other_classes_sizes_and_labels_are_refused(folder, tmp_path):
    with pytest.raises(DatasetUnavailable, match="these labels are not those"):
        write_order(folder, [*ORDER[:-1], 6])
    Image.new("RGB", (33, 32)).save(folder / "test" / "frog" / "0000.png")
    with pytest.raises(DatasetUnavailable, match="33, 32"):
        load_dataset(CIFAR10(), tmp_path)
    (folder / "test" / "frog").rename(folder / "test" / "toad")
    with pytest.raises(DatasetUnavailable, match="must have the class folders"):
        load_dataset(CIFAR10(), tmp_path)


def test_without_an_order_there_is_no_data_set(folder, tmp_path):
    (folder / "order.txt").unlink()
    assert not availability(tmp_path)["cifar10"]["available"]
    with pytest.raises(DatasetUnavailable, match="lacks data_batch_1"):
        load_dataset(CIFAR10(), tmp_path)
    assert np.all(np.array(ORDER) < 10)
