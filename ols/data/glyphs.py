"""Glyphs: digits and letters rendered with the TrueType font inside Pillow, K = 62.

Its confusions (O/0/o, l/1/I, S/s/5) are known to every reader, so anyone can judge a heatmap.
Drawn at 84 x 84, rotated, sheared, scaled, shifted and blurred, box-filtered to 28 x 28; then
contrast and Gaussian noise. Rendered once per settings and kept as .npz under data_dir/glyphs.
"""

from __future__ import annotations

import math
import string
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ols.data.array_cache import read_arrays, write_arrays
from ols.data.dataset import Dataset, from_arrays
from ols.errors import DatasetUnavailable
from ols.random_streams import Purpose, random_stream
from ols.spec.datasets.glyphs import Glyphs

CLASSES = tuple(string.digits + string.ascii_uppercase + string.ascii_lowercase)
CANVAS = 84
SIZE = 28
RENDERER = 1  # part of the cache's name: raise it with any change to the pictures


def load(dataset: Glyphs, data_dir: Path) -> Dataset:
    path = cache_path(dataset, data_dir)
    arrays = read_arrays(path, "train", "test")
    if arrays is None:
        arrays = {
            "train": render(dataset.train_per_class, dataset.render_seed, "train_glyphs"),
            "test": render(dataset.test_per_class, dataset.render_seed, "test_glyphs"),
        }
        write_arrays(path, arrays)
    return from_arrays(
        "glyphs",
        CLASSES,
        (arrays["train"], _labels(dataset.train_per_class)),
        (arrays["test"], _labels(dataset.test_per_class)),
    )


def cache_path(dataset: Glyphs, data_dir: Path) -> Path:
    name = (
        f"v{RENDERER}-train{dataset.train_per_class}-test{dataset.test_per_class}"
        f"-seed{dataset.render_seed}.npz"
    )
    return data_dir / "glyphs" / name


def render(per_class: int, seed: int, purpose: Purpose) -> NDArray[np.uint8]:
    """Images (K * per_class, 28, 28), class by class."""
    stream = random_stream(seed, purpose)
    count = len(CLASSES) * per_class
    sizes = stream.integers(30, 49, count)
    strokes = stream.integers(0, 3, count)
    warps = _warps(stream, count)
    radii = stream.uniform(0.3, 2.2, count)
    small = np.empty((count, SIZE, SIZE), np.float32)
    for i, label in enumerate(_labels(per_class)):
        glyph = _glyph(CLASSES[label], int(sizes[i]), int(strokes[i]))
        image = glyph.transform(
            glyph.size, Image.Transform.AFFINE, tuple(warps[i]), Image.Resampling.BILINEAR
        )
        image = image.filter(ImageFilter.GaussianBlur(float(radii[i])))
        small[i] = np.asarray(image.reduce(CANVAS // SIZE), np.float32)
    small *= stream.uniform(0.5, 1.0, (count, 1, 1)).astype(np.float32)
    noise = stream.standard_normal(small.shape, np.float32)
    noise *= stream.uniform(4, 30, (count, 1, 1)).astype(np.float32)
    return np.clip(np.rint(small + noise), 0, 255).astype(np.uint8)


def _labels(per_class: int) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(CLASSES)), per_class)


def _warps(stream: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Pillow's affine coefficients (count, 6): output pixel -> input pixel, about the centre."""
    angle = stream.uniform(-0.35, 0.35, count)
    shear = stream.uniform(-0.3, 0.3, count)
    scale = stream.uniform(0.8, 1.4, (2, count))
    shift = stream.uniform(-7, 7, (2, count))
    cos, sin = np.cos(angle), np.sin(angle)
    a, b = scale[0] * cos, scale[0] * (shear * cos - sin)
    d, e = scale[1] * sin, scale[1] * (shear * sin + cos)
    centre = CANVAS / 2
    c = centre - a * (centre + shift[0]) - b * (centre + shift[1])
    f = centre - d * (centre + shift[0]) - e * (centre + shift[1])
    return np.stack([a, b, c, d, e, f], axis=1)


@cache  # 62 classes x 19 sizes x 3 strokes of 7 kB
def _glyph(character: str, size: int, stroke: int) -> Image.Image:
    image = Image.new("L", (CANVAS, CANVAS))
    draw = ImageDraw.Draw(image)
    middle = (math.floor(CANVAS / 2), math.floor(CANVAS / 2))
    draw.text(middle, character, fill=255, font=_font(size), anchor="mm", stroke_width=stroke)
    return image


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise DatasetUnavailable(
            "glyphs needs a Pillow with FreeType; reinstall it from a wheel: "
            "pip install --force-reinstall pillow"
        )
    return font
