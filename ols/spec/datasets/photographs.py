"""What datasets of image files share, the published ones and any folder: they stay on disk."""

from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from ols.spec.datasets.base import SGD, DatasetSpec
from ols.spec.parts.base import plain_name


class Photographs(DatasetSpec):
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


class AnyFolder(Photographs):
    """A folder of the researcher's own in the data folder, usually of small images."""

    folder: str = Field(
        "images",
        max_length=100,
        coerce_numbers_to_str=True,  # `--set dataset.folder=2024` reads a number
        title="Folder",
        description="Its name inside the data folder of the worker, for example flowers.",
    )
    size: int = Field(
        64,
        ge=8,
        le=640,
        title="Image size",
        description=Photographs.model_fields["size"].description,
    )

    @field_validator("folder")
    @classmethod
    def _plain_name(cls, folder: str) -> str:
        return plain_name(folder, "folder")


class FineGrained(Photographs):
    """What the paper's fine-grained recipe sets apart."""

    recipe: ClassVar[dict[str, Any]] = {
        "model": {"name": "resnet50", "weights": "imagenet"},
        "epochs": 100,
        "batch_size": 64,
        "optimizer": {**SGD, "lr": 0.01, "nesterov": False, "weight_decay": 1e-4},
        "schedule": {"name": "step", "milestones": [45, 80]},
        "augment": {"flip": True},
    }

    crop: Literal["random_resized", "squash"] = Field(
        "squash",
        title="Crop",
        description=Photographs.model_fields["crop"].description,
        json_schema_extra={"advanced": True},
    )
