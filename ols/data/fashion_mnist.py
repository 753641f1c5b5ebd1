"""Fashion-MNIST: 70,000 real 28 x 28 grey images of clothes, K = 10 (Zalando).

Read by torchvision where its files lie under data_dir, else from the four .gz of Debian's package
dataset-fashion-mnist or of data_dir/fashion_mnist. Nothing is downloaded.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ols.data.dataset import Dataset, from_arrays
from ols.data.fashion_files import NAMES, FashionFiles, advice, find_files
from ols.errors import DatasetUnavailable
from ols.spec.datasets.fashion_mnist import FashionMNIST

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

Arrays = tuple[NDArray[np.uint8], NDArray[np.integer]]


def load(dataset: FashionMNIST, data_dir: Path) -> Dataset:
    files = find_files(data_dir)
    if files is None:
        raise DatasetUnavailable(advice(data_dir))
    try:
        train, test = _by_torchvision(data_dir) if files.by_torchvision else _from_gzip(files)
        per_class = dataset.train_per_class
        return from_arrays("fashion_mnist", CLASSES, train, test, per_class=per_class)
    except (OSError, EOFError, ValueError, zlib.error, struct.error, AssertionError) as error:
        raise DatasetUnavailable(
            f"Fashion-MNIST's files in {files.folder} are damaged ({error}). Replace them: "
            "`apt-get install --reinstall dataset-fashion-mnist`, or copy the four files again."
        ) from error


def _by_torchvision(data_dir: Path) -> tuple[Arrays, Arrays]:
    # Imported here: torchvision takes a second to load.
    from torchvision.datasets import FashionMNIST as TorchvisionFashionMNIST

    def arrays(train: bool) -> Arrays:
        data = TorchvisionFashionMNIST(data_dir, train=train, download=False)
        return data.data.numpy(), data.targets.numpy()

    return arrays(True), arrays(False)


def _from_gzip(files: FashionFiles) -> tuple[Arrays, Arrays]:
    train_images, train_labels, test_images, test_labels = (
        read_idx(files.path(name)) for name in NAMES
    )
    return (train_images, train_labels), (test_images, test_labels)


def read_idx(path: Path) -> NDArray[np.uint8]:
    """An array of bytes from a gzipped IDX file (LeCun's format: magic, sizes, data)."""
    with gzip.open(path) as file:
        content = file.read()
    zeros, kind, dimensions = struct.unpack_from(">HBB", content)
    if zeros or kind != 0x08:
        raise ValueError(f"{path.name} is not an IDX file of unsigned bytes")
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    data = np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions)
    if data.size != np.prod(shape):
        raise ValueError(f"{path.name} holds {data.size} values where {shape} are announced")
    return data.reshape(shape).copy()  # frombuffer is read-only, which tensors do not know
