"""Tiny-ImageNet: fields, source and recipe of ols/data/tiny_imagenet.py."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from ols.spec.datasets.base import SGD, DatasetSpec


class TinyImageNet(DatasetSpec):
    """110,000 photographs of 64 x 64 pixels, K = 200 of ImageNet's classes. Use a GPU."""

    title = "Tiny-ImageNet"
    paper = "Le and Yang, Tiny ImageNet Visual Recognition Challenge, CS231n, 2015"
    order = 55
    classes = 200
    image_shape = (3, 64, 64)
    # CIFAR's, for fewer epochs.
    recipe: ClassVar[dict[str, Any]] = {
        "model": {"name": "cifar_resnet18"},
        "epochs": 200,
        "batch_size": 128,
        "optimizer": SGD,
        "schedule": {"name": "step", "milestones": []},
        "augment": {"shift": 4, "flip": True},
    }

    name: Literal["tiny_imagenet"] = "tiny_imagenet"
    train_per_class: int = Field(
        500,
        ge=2,
        le=500,
        title="Training images per class",
        description="The first n of the 500 of each class. Fewer make a run quick and memorising "
        "easy. The test set is always complete.",
        json_schema_extra={"advanced": True},
    )
