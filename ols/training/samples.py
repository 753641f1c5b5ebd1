"""Thumbnails of a dataset's own images, class by class: what a soft label is about.

A class's images stand side by side in one picture of `per_class` tiles, all of them real training
images under their true label, spread evenly over the class.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ols.data.dataset import AnySplit, FileSplit, Split
from ols.data.image_reading import read_image
from ols.errors import DatasetUnavailable
from ols.training.epoch_report import ClassSamples
from ols.training.run_data import RunData

PER_CLASS = 8
PHOTOGRAPH = 64  # pixels a side of a photograph's tile; small images keep their own size

Tile = NDArray[np.uint8]  # (side, side, 3)


def class_samples(data: RunData, per_class: int = PER_CLASS) -> ClassSamples:
    """One WebP picture per class, `per_class` tiles wide; tiles that lack an image are black."""
    labels = data.true_labels.cpu().numpy()
    side = tile_size(data.train)
    rows = []
    for number in range(len(data.classes)):
        row = np.zeros((side, per_class * side, 3), np.uint8)
        numbers = _spread(np.flatnonzero(labels == number), per_class)
        for place, tile in enumerate(_tiles(data.train, numbers)):
            row[:, place * side : (place + 1) * side] = tile
        rows.append(_webp(row, exact=isinstance(data.train, Split)))
    return ClassSamples(per_class, side, tuple(rows))


def picture(split: AnySplit, index: int) -> bytes:
    """One image of a split as a WebP tile; quickly made, for it is drawn while a run trains."""
    (tile,) = _tiles(split, [index])
    return _webp(tile, exact=isinstance(split, Split), method=0)


def tile_size(split: AnySplit) -> int:
    """Pixels a side of a picture of its images."""
    return PHOTOGRAPH if isinstance(split, FileSplit) else max(split.images.shape[2:])


def _spread(members: NDArray[np.int64], count: int) -> list[int]:
    """At most `count` of them, evenly spaced from the first to the last."""
    if len(members) <= count:
        return members.tolist()
    return members[np.linspace(0, len(members) - 1, count).round().astype(int)].tolist()


def _tiles(split: AnySplit, indices: list[int]) -> Iterator[Tile]:
    if isinstance(split, FileSplit):
        for index in indices:
            yield _photograph(split.paths[index])
        return
    images = split.images[torch.tensor(indices, dtype=torch.int64, device=split.images.device)]
    side = tile_size(split)
    for image in images.cpu().numpy():
        channels, height, width = image.shape
        tile = np.zeros((side, side, 3), np.uint8)
        top, left = (side - height) // 2, (side - width) // 2
        colours = image if channels == 3 else image[:1]
        tile[top : top + height, left : left + width] = colours.transpose(1, 2, 0)
        yield tile


def _photograph(path: str) -> Tile:
    """Its middle square, scaled down; black where the file is damaged, which training will tell."""
    size = (PHOTOGRAPH, PHOTOGRAPH)
    try:
        return np.asarray(ImageOps.fit(read_image(path, reduced_to=2 * PHOTOGRAPH), size))
    except DatasetUnavailable:
        return np.zeros((*size, 3), np.uint8)


def _webp(row: Tile, *, exact: bool, method: int = 4) -> bytes:
    """Small images without loss; of photographs that would take six times the bytes. `method`: 0 is
    quick, 6 thorough."""
    buffer = io.BytesIO()
    Image.fromarray(row).save(buffer, "WEBP", lossless=exact, quality=75, method=method)
    return buffer.getvalue()
