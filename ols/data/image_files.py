"""Where a folder of images may lie and what it looks like. No torch: availability reads this."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ols.data.class_folders import is_hidden

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
    folders = (path for path in data_dir.iterdir() if not is_hidden(path.name))
    return sorted(path.name for path in folders if find_parts(path))


def advice(folder: Path) -> str:
    """What provides the files."""
    return f"No images in {folder}. Put them there as {LAYOUT}."


def check_heads(paths: Sequence[str]) -> None:
    """Reads the head of each image file, which takes tens of microseconds; damage further in shows
    when the file is reached, in the first epoch at the latest.

    Raises DatasetUnavailable for the first that can't be read, before a run has spent hours.
    """
    # Imported here: availability does without Pillow.
    from ols.data.image_reading import open_image

    if len(paths) > CHECKED:
        return
    for path in paths:
        with open_image(path):
            pass


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # inside a folder that this user may not read, such as lost+found
        return False
