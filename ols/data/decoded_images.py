"""Small image files of one size, decoded once: their pixels are kept beside them."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ols.data.array_cache import read_arrays, write_arrays
from ols.errors import DatasetUnavailable

PIXELS = "pixels.npz"

Paths = Sequence[str]
Pixels = NDArray[np.uint8]  # (N, side, side, 3)


def read_pixels(folder: Path, train: Paths, test: Paths, side: int) -> tuple[Pixels, Pixels]:
    """Of both parts; from the file that an earlier run has left for just these image files.

    Raises DatasetUnavailable for a file that is no image of `side` x `side` pixels.
    """
    digest = hashlib.sha256()
    for path in (*train, "", *test):
        state = Path(path).stat() if path else None
        digest.update(f"{path} {state and (state.st_size, state.st_mtime_ns)}\n".encode())
    mark = np.frombuffer(digest.digest(), np.uint8)
    kept = read_arrays(folder / PIXELS, "train", "test", "mark")
    if kept is not None and np.array_equal(kept["mark"], mark):
        return kept["train"], kept["test"]
    pixels = _decoded(train, side), _decoded(test, side)
    with contextlib.suppress(OSError):  # where this user may only read, every run decodes anew
        arrays = {"train": pixels[0], "test": pixels[1], "mark": mark}
        write_arrays(folder / PIXELS, arrays, compressed=False)
    return pixels


def _decoded(paths: Paths, side: int) -> Pixels:
    # Imported here: availability does without Pillow.
    from ols.data.image_reading import read_image

    pixels = np.empty((len(paths), side, side, 3), np.uint8)
    for place, path in enumerate(paths):
        image = read_image(path)
        if image.size != (side, side):
            raise DatasetUnavailable(f"{path} has {image.size} pixels, not {side} x {side}")
        pixels[place] = np.asarray(image)
    return pixels
