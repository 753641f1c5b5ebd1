"""CIFAR-10 as image files: copies, in JPEG for one, of the 60,000 images.

    cifar10-jpeg/train/<class>/*.jpg    cifar10-jpeg/test/<class>/*.jpg
    cifar10-jpeg/order.txt              a line per training image, in CIFAR-10's own order:
                                        frog/0000.jpg

The order is what human labels (CIFAR-N) and numbers of samples refer to. JPEG changes pixels, so
accuracies are not comparable with published ones to the last point. The images are decoded once;
their pixels are kept beside them. No torch: availability reads where they lie.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ols.data.class_folders import read_class_folders
from ols.data.decoded_images import read_pixels
from ols.errors import DatasetUnavailable

FOLDER = "cifar10-jpeg"
ORDER = "order.txt"
CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
SIDE = 32

Arrays = tuple[NDArray[np.uint8], NDArray[np.int64]]


def find_copies(data_dir: Path) -> Path | None:
    """Their folder, where it is complete."""
    folder = data_dir / FOLDER
    needed = [folder / name for name in ("train", "test", ORDER)]
    return folder if all(path.exists() for path in needed) else None


def read_copies(folder: Path) -> tuple[Arrays, Arrays]:
    """Images (N, 32, 32, 3) and labels (N,) of training, in the original order, and of test.

    Raises DatasetUnavailable.
    """
    train, test = (_listing(folder / part) for part in ("train", "test"))
    places = _order(folder, train)
    paths = [train[0][place] for place in places], test[0]
    pixels = read_pixels(folder, *paths, SIDE)
    labels = np.array(train[1])[places], np.array(test[1])
    return (pixels[0], labels[0]), (pixels[1], labels[1])


def write_order(folder: Path | str, labels: Iterable[int]) -> None:
    """Writes order.txt of copies whose names count each class's images in the original order.

    `labels`: the training images' classes in that order, such as CIFAR-N's `clean_label`. Raises
    DatasetUnavailable where they do not fit the files.
    """
    folder = Path(folder)
    paths, given = _listing(folder / "train")
    names: dict[int, list[str]] = defaultdict(list)
    for path, label in zip(paths, given, strict=True):
        names[label].append(Path(path).relative_to(folder / "train").as_posix())
    wanted = [int(label) for label in labels]
    counts = [wanted.count(label) for label in range(len(CLASSES))]
    if counts != [len(names[label]) for label in range(len(CLASSES))]:
        raise DatasetUnavailable(f"these labels are not those of the images in {folder / 'train'}")
    following = {label: iter(listed) for label, listed in names.items()}
    lines = [next(following[label]) for label in wanted]
    (folder / ORDER).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _listing(part: Path) -> tuple[list[str], list[int]]:
    content = read_class_folders(part)
    if content.classes != CLASSES:
        raise DatasetUnavailable(f"{part} must have the class folders {', '.join(CLASSES)}")
    return content.paths, content.labels


def _order(folder: Path, train: tuple[Sequence[str], Sequence[int]]) -> list[int]:
    """The place in the listing of each training image, in the original order."""
    names = {
        Path(path).relative_to(folder / "train").as_posix(): i for i, path in enumerate(train[0])
    }
    lines = (folder / ORDER).read_text(encoding="utf-8", errors="replace").split("\n")
    lines = [line.strip() for line in lines if line.strip()]
    for number, line in enumerate(lines, start=1):
        if line not in names:
            raise DatasetUnavailable(f"{folder / ORDER}, line {number}: no image {line[:100]!r}")
    if len(set(lines)) < len(lines) or len(lines) != len(names):
        raise DatasetUnavailable(
            f"{folder / ORDER} must name each of the {len(names):,} training images once; it has "
            f"{len(lines):,} lines, {len(set(lines)):,} of them different"
        )
    return [names[line] for line in lines]
