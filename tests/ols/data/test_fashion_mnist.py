"""On files of the real format that the tests write: nothing is downloaded."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
import torch

from ols.data import fashion_files
from ols.data.fashion_mnist import read_idx
from ols.data.loading import load_dataset
from ols.errors import DatasetUnavailable
from ols.spec.datasets.fashion_mnist import FashionMNIST


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def arrays(train=30, test=20):
    stream = np.random.default_rng(0)
    for count in (train, test):
        yield stream.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        yield np.arange(count, dtype=np.uint8) % 10


def write_files(folder, packed=True, **sizes):
    folder.mkdir(parents=True)
    for name, array in zip(fashion_files.NAMES, arrays(**sizes), strict=True):
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(idx(array)))
        else:
            (folder / name).write_bytes(idx(array))


@pytest.fixture(autouse=True)
def _no_debian_package(tmp_path, monkeypatch):
    monkeypatch.setattr(fashion_files, "DEBIAN_FOLDER", tmp_path / "debian")


@pytest.mark.parametrize("place", ["fashion_mnist", "FashionMNIST/raw", "debian"])
def test_packed_files_are_read_from_each_place(tmp_path, place):
    write_files(tmp_path / place)
    data = load_dataset(FashionMNIST(), tmp_path)
    images, labels, *_ = arrays()
    assert np.array_equal(data.train.images[:, 0].numpy(), images)
    assert np.array_equal(data.train.labels.numpy(), labels)
    assert (len(data.train), len(data.test), len(data.classes)) == (30, 20, 10)


def test_torchvisions_unpacked_files_are_read_by_torchvision(tmp_path):
    write_files(tmp_path / "FashionMNIST" / "raw", packed=False)
    data = load_dataset(FashionMNIST(), tmp_path)
    images, *_ = arrays()
    assert torch.equal(data.train.images[:, 0], torch.from_numpy(images))


def test_missing_files_name_the_command_and_the_place(tmp_path):
    with pytest.raises(DatasetUnavailable, match="apt-get install dataset-fashion-mnist") as info:
        load_dataset(FashionMNIST(), tmp_path)
    assert str(tmp_path / "fashion_mnist") in str(info.value)
    assert "t10k-labels-idx1-ubyte.gz" in str(info.value)


def test_one_missing_file_of_four_is_missing(tmp_path):
    write_files(tmp_path / "fashion_mnist")
    (tmp_path / "fashion_mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DatasetUnavailable):
        load_dataset(FashionMNIST(), tmp_path)


GOOD = idx(np.zeros((30, 28, 28), np.uint8))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not gzip",
        gzip.compress(GOOD)[:-20],
        gzip.compress(b"\x00"),
        gzip.compress(b"\x01" + GOOD[1:]),
        gzip.compress(GOOD[:-1]),
        gzip.compress(idx(np.zeros((29, 28, 28), np.uint8))),  # one image too few
    ],
    ids=["empty", "no gzip", "cut", "too short", "no IDX", "a byte short", "an image short"],
)
def test_a_damaged_file_is_a_clear_error(tmp_path, content):
    write_files(tmp_path / "fashion_mnist")
    (tmp_path / "fashion_mnist" / "train-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(DatasetUnavailable, match="damaged"):
        load_dataset(FashionMNIST(), tmp_path)


def test_labels_out_of_range_are_found(tmp_path):
    write_files(tmp_path / "fashion_mnist")
    labels = gzip.compress(idx(np.full(30, 10, np.uint8)))
    (tmp_path / "fashion_mnist" / "train-labels-idx1-ubyte.gz").write_bytes(labels)
    with pytest.raises(DatasetUnavailable, match=r"\[10, 10\]"):
        load_dataset(FashionMNIST(), tmp_path)


def test_idx_keeps_the_shape(tmp_path):
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    (tmp_path / "x.gz").write_bytes(gzip.compress(idx(array)))
    assert np.array_equal(read_idx(tmp_path / "x.gz"), array)


def test_fewer_images_are_the_first_of_each_class(tmp_path):
    write_files(tmp_path / "fashion_mnist")
    some, all_of_them = (
        load_dataset(FashionMNIST(train_per_class=count), tmp_path) for count in (2, 6000)
    )
    assert torch.bincount(some.train.labels).tolist() == [2] * 10
    assert torch.equal(some.train.images, all_of_them.train.images[:20])
    assert len(some.test) == 20
