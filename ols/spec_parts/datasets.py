"""Datasets: images and their labels."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from ols.spec_parts.base import Part


class Digits(Part):
    """1,797 real 8 x 8 grey images of handwritten digits, K = 10 (scikit-learn)."""

    name: Literal["digits"] = "digits"


class Glyphs(Part):
    """Rendered letters and digits, 28 x 28 grey, K = 62, any number of them."""

    name: Literal["glyphs"] = "glyphs"
    train_per_class: int = Field(
        150,
        ge=2,
        le=5000,
        title="Training images per class",
        description="How many are rendered per class for training. Usually 100 to 500.",
    )
    test_per_class: int = Field(
        50,
        ge=1,
        le=1000,
        title="Test images per class",
        description="How many are rendered per class for the test set.",
        json_schema_extra={"advanced": True},
    )
    render_seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Rendering seed",
        description="Another seed draws other images; keep it to compare runs.",
        json_schema_extra={"advanced": True},
    )


class FashionMNIST(Part):
    """70,000 real 28 x 28 grey images of clothes, K = 10 (Zalando)."""

    name: Literal["fashion_mnist"] = "fashion_mnist"


class ImageFolder(Part):
    """Any images in one folder per class, cropped at random to squares; stay on disk.

    They lie in the worker's data folder, under <folder>/train/<class>/ and <folder>/val/<class>/
    (or test), as JPEG or PNG.
    """

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
        le=512,
        title="Image size",
        description="Width and height in pixels that images are cropped and scaled to.",
    )
    workers: int = Field(
        2,
        ge=0,
        le=64,
        title="Reading processes",
        description="Processes that read and crop images beside the trainer, for each device; "
        "0: the trainer does it itself. Changes the speed only.",
        json_schema_extra={"advanced": True},
    )

    @field_validator("folder")
    @classmethod
    def _plain_name(cls, folder: str) -> str:
        # It comes from a browser: nothing that could lead out of the data folder.
        if not re.fullmatch(r"[\w-][\w. -]*", folder):
            raise ValueError(
                "must be the name of a folder, without path: letters, digits, spaces and . _ -, "
                "not beginning with a dot"
            )
        return folder


AnyDataset = Annotated[
    Digits | Glyphs | FashionMNIST | ImageFolder,
    Field(discriminator="name"),
]
