"""Image folder: fields and recipe of ols/data/image_folder.py."""

from typing import Literal

from ols.spec.datasets.base import small_run
from ols.spec.datasets.photographs import AnyFolder


class ImageFolder(AnyFolder):
    """Any images in one folder per class, cropped at random to squares; stay on disk.

    They lie in the worker's data folder, under <folder>/train/<class>/ and <folder>/val/<class>/
    (or test), as JPEG or PNG.
    """

    title = "Image folder"
    order = 120
    recipe = small_run(epochs=30, augment={"flip": True})

    name: Literal["image_folder"] = "image_folder"
