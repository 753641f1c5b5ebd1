"""Image folder: fields and recipe of ols/data/image_folder.py."""

from typing import Literal

from pydantic import Field, field_validator

from ols.spec.datasets.base import small_run
from ols.spec.datasets.photographs import Photographs
from ols.spec.parts.base import plain_name


class ImageFolder(Photographs):
    """Any images in one folder per class, cropped at random to squares; stay on disk.

    They lie in the worker's data folder, under <folder>/train/<class>/ and <folder>/val/<class>/
    (or test), as JPEG or PNG.
    """

    title = "Image folder"
    order = 120
    recipe = small_run(epochs=30, augment={"flip": True})

    name: Literal["image_folder"] = "image_folder"
    folder: str = Field(
        "images",
        max_length=100,
        coerce_numbers_to_str=True,  # `--set dataset.folder=2024` reads a number
        title="Folder",
        description="Its name inside the data folder of the worker, for example flowers. "
        "Holds train and val (or test), each with one subfolder per class.",
    )
    size: int = Field(
        64,
        ge=8,
        le=640,
        title="Image size",
        description="Width and height in pixels that images are cropped and scaled to.",
    )

    @field_validator("folder")
    @classmethod
    def _plain_name(cls, folder: str) -> str:
        return plain_name(folder, "folder")
