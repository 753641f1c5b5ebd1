"""Datasets: images and their labels."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ols.spec.datasets.photographs import (
    CUB200,
    FGVCAircraft,
    Flowers102,
    ImageFolder,
    ImageNet,
    StanfordCars,
    StanfordDogs,
)
from ols.spec.parts.base import Part


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
    train_per_class: int = Field(
        6000,
        ge=2,
        le=6000,
        title="Training images per class",
        description="The first so many of each class; all have 6,000. Fewer make a run quick, and "
        "memorising easy. The test set is always whole.",
        json_schema_extra={"advanced": True},
    )


class CIFAR10(Part):
    """60,000 colour photographs of 32 x 32 pixels, K = 10 (Krizhevsky 2009)."""

    name: Literal["cifar10"] = "cifar10"


class CIFAR100(Part):
    """60,000 colour photographs of 32 x 32 pixels, K = 100 in 20 superclasses (Krizhevsky 2009)."""

    name: Literal["cifar100"] = "cifar100"


AnyDataset = Annotated[
    Digits
    | Glyphs
    | FashionMNIST
    | CIFAR10
    | CIFAR100
    | ImageNet
    | CUB200
    | Flowers102
    | StanfordCars
    | FGVCAircraft
    | StanfordDogs
    | ImageFolder,
    Field(discriminator="name"),
]
