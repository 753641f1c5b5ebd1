"""An image file as a viewer shows it, in RGB; what viewers do not agree on is refused by name.
A path may also be the address of an image in a table (image_rows.py).

    16 bits of grey      the full range becomes 0 to 255 (Pillow's own conversion clips: white)
    transparency         over white
    several frames       the first
    EXIF orientation     turned upright
    CMYK, Lab, palette   converted by Pillow; colour profiles are not applied

32-bit integers and floating-point numbers have no agreed black and white: such a file is refused.
No torch here: the processes of `check-data` read with this too.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from ols.data.image_rows import row_bytes
from ols.errors import DatasetUnavailable

CONVERTED = frozenset(
    ("1", "L", "P", "RGB", "RGBX", "LA", "PA", "RGBA", "RGBa", "CMYK", "YCbCr", "HSV", "LAB")
)
REFUSED = {
    "I": "holds 32-bit integers, which have no agreed black and white; save it with 8 or 16 bits",
    "F": "holds floating-point numbers, which have no agreed black and white; save it with 8 or "
    "16 bits",
}
STACKS = ("GIF", "PNG", "TIFF", "WEBP")  # a JPEG's further frames are previews and stereo pairs
BITS_PER_SAMPLE, PHOTOMETRIC = 258, 262  # TIFF's tags
WHITE_IS_ZERO = 0


def read_image(path: str, reduced_to: int | None = None) -> Image.Image:
    """The whole image as RGB; `reduced_to`: as many pixels a side are enough, which a JPEG decodes
    in a fraction of the time.

    Raises DatasetUnavailable for a file that is no image, is damaged or is refused.
    """
    with open_image(path) as image:
        if reduced_to:
            image.draft("RGB", (reduced_to, reduced_to))
        image.load()
        with _no_warnings(), contextlib.suppress(Exception):
            # Viewers show an image with broken EXIF as it lies, without a word.
            ImageOps.exif_transpose(image, in_place=True)
        return _as_rgb(image)


@contextlib.contextmanager
def open_image(path: str) -> Iterator[Image.Image]:
    """The file with its head read, no pixel yet; errors as `read_image`."""
    try:
        with _no_warnings():
            opened = Image.open(row_bytes(path) or path)
        with opened as image:
            if not _is_deep(image) and image.mode not in CONVERTED:
                reason = REFUSED.get(image.mode, f"is of mode {image.mode}; save it as RGB")
                raise DatasetUnavailable(_told(path, reason))
            yield image
    except DatasetUnavailable:
        raise
    except Exception as error:  # Pillow's decoders raise almost anything at damaged files
        reason = f"can't be read as an image ({error}); replace or remove it"
        raise DatasetUnavailable(_told(path, reason)) from error


class FileCheck(NamedTuple):
    """Of one file: why it can't be read, if so; whether it holds more than is read of it."""

    problem: str
    several_frames: bool


def check_file(path: str) -> FileCheck:
    """Reads an image to its end."""
    try:
        read_image(path)
        with open_image(path) as image:
            several = image.format in STACKS and getattr(image, "n_frames", 1) > 1
            return FileCheck("", several)
    except DatasetUnavailable as error:
        return FileCheck(str(error), several_frames=False)


@contextlib.contextmanager
def _no_warnings() -> Iterator[None]:
    """Of an image's details, such as broken EXIF: what can't be read is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _told(path: str, reason: str) -> str:
    # A name that is not UTF-8 could neither be printed nor stored.
    name = path.encode("utf-8", "backslashreplace").decode()
    return f"{name} {reason}. `python -m ols check-data` lists all such files."


def _is_deep(image: Image.Image) -> bool:
    """16 bits of grey; Pillow gives those of PGM as 32-bit integers."""
    return image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM")


def _as_rgb(image: Image.Image) -> Image.Image:
    if _is_deep(image):
        return _eight_bits(image).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey values of more than 8 bits, scaled to 8 as the PNG specification has it."""
    values = np.asarray(image).astype(np.int64)
    tags = getattr(image, "tag_v2", {})
    full = 2 ** tags.get(BITS_PER_SAMPLE, (16,))[0] - 1
    grey = (values * 255 + full // 2) // full
    if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO:
        grey = 255 - grey
    if "transparency" in image.info:  # one value of a PNG
        grey[values == image.info["transparency"]] = 255
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8))
