"""Datasets of image files: the published ones, and any folder. They stay on disk."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from ols.spec.parts.base import Part, plain_name


class Photographs(Part):
    """What datasets of image files share: how their images are cropped and read."""

    size: int = Field(
        224,
        ge=8,
        le=640,
        title="Image size",
        description="Width and height in pixels that images are cropped and scaled to.",
    )
    crop: Literal["random_resized", "squash"] = Field(
        "random_resized",
        title="Crop",
        description="random_resized: a random part of the image, as on ImageNet. squash: the whole "
        "image as a square 256/224 times as large, then a crop (the paper's fine-grained recipe).",
        json_schema_extra={"advanced": True},
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


class ImageFolder(Photographs):
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
        le=640,
        title="Image size",
        description="Width and height in pixels that images are cropped and scaled to.",
    )

    @field_validator("folder")
    @classmethod
    def _plain_name(cls, folder: str) -> str:
        return plain_name(folder, "folder")


class ImageNet(Photographs):
    """ILSVRC 2012: 1.28 million photographs, K = 1,000. Wants a GPU.

    A copy with fewer class folders is taken too.
    """

    name: Literal["imagenet"] = "imagenet"
    train_per_class: int = Field(
        1300,
        ge=1,
        le=1300,
        title="Training images per class",
        description="The first so many of each class; 1300 is all.",
        json_schema_extra={"advanced": True},
    )


class FineGrained(Photographs):
    """What the paper's fine-grained recipe sets apart."""

    crop: Literal["random_resized", "squash"] = Field(
        "squash",
        title="Crop",
        description=Photographs.model_fields["crop"].description,
        json_schema_extra={"advanced": True},
    )


class CUB200(FineGrained):
    """CUB-200-2011: 11,788 photographs of birds, K = 200."""

    name: Literal["cub200"] = "cub200"


class Flowers102(FineGrained):
    """Oxford Flowers: 8,189 photographs, K = 102; trained on the official 10 a class."""

    name: Literal["flowers102"] = "flowers102"


class StanfordCars(FineGrained):
    """Stanford Cars: 16,185 photographs, K = 196 (make, model and year)."""

    name: Literal["stanford_cars"] = "stanford_cars"


class FGVCAircraft(FineGrained):
    """FGVC-Aircraft: 10,000 photographs, K = 100 variants; trained on its train and val part."""

    name: Literal["fgvc_aircraft"] = "fgvc_aircraft"


class StanfordDogs(FineGrained):
    """Stanford Dogs: 20,580 photographs from ImageNet, K = 120 breeds."""

    name: Literal["stanford_dogs"] = "stanford_dogs"
