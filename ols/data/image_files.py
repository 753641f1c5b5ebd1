"""Where a folder of images may lie and what it looks like. No torch: availability reads this."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ols.errors import DatasetUnavailable

TRAINING = "train"
# In this order: where both are there, as in ImageNet, `test` has no labels.
EVALUATION = ("val", "test")

LAYOUT = "train/<class>/*.jpg|png and val/<class>/... (or test/<class>/...)"


# Beyond so many files even their heads take minutes; a damaged one is then told when it is reached.
CHECKED = 100_000


class ImageParts(NamedTuple):
    """The folders of the training and of the test images."""

    train: Path
    test: Path


def find_parts(folder: Path) -> ImageParts | None:
    """The two parts of `folder`, or None where it lacks one."""
    train = folder / TRAINING
    tests = (folder / name for name in EVALUATION)
    test = next((path for path in tests if _is_folder(path)), None)
    return ImageParts(train, test) if test and _is_folder(train) else None


def find_folders(data_dir: Path) -> list[str]:
    """Names of the folders in `data_dir` that have both parts, sorted."""
    if not _is_folder(data_dir):
        return []
    return sorted(path.name for path in data_dir.iterdir() if find_parts(path))


def advice(folder: Path) -> str:
    """What provides the files."""
    return f"No images in {folder}. Put them there as {LAYOUT}."


def check_heads(paths: Sequence[str]) -> None:
    """Opens each image, which reads its head (22 microseconds); damage further in shows when
    the file is reached, in the first epoch at the latest.

    Raises DatasetUnavailable for the first that is none, before a run has spent hours.
    """
    # Imported here: availability does without Pillow.
    from PIL import Image

    if len(paths) > CHECKED:
        return
    for path in paths:
        try:
            Image.open(path).close()
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise unreadable(path, error) from error


def damage(path: str) -> str:
    """Reads an image to its end; why it can't be read, or nothing where it can."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            image.convert("RGB")
    except Exception as error:  # Pillow's decoders raise almost anything at damaged files
        return str(unreadable(path, error))
    return ""


def unreadable(path: str, error: Exception) -> DatasetUnavailable:
    """A file that is no image, or a damaged one."""
    return DatasetUnavailable(
        f"{path} can't be read as an image ({error}); replace or remove it. "
        "`python -m ols check-data` lists all such files."
    )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # inside a folder that this user may not read, such as lost+found
        return False
