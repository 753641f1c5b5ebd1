"""Fashion-MNIST: fields, source and recipe of ols/data/fashion_mnist.py."""

from typing import Literal

from pydantic import Field

from ols.spec.datasets.base import DatasetSpec, small_run


class FashionMNIST(DatasetSpec):
    """70,000 real 28 x 28 grey images of clothes, K = 10 (Zalando)."""

    title = "Fashion-MNIST"
    paper = "Xiao et al., Fashion-MNIST, 2017, arXiv 1708.07747"
    order = 30
    classes = 10
    image_shape = (1, 28, 28)
    superclasses = (
        *("top", "trousers", "top", "dress", "top"),
        *("shoe", "top", "shoe", "bag", "shoe"),
    )
    recipe = small_run(epochs=15, augment={"shift": 2, "flip": True})

    name: Literal["fashion_mnist"] = "fashion_mnist"
    train_per_class: int = Field(
        6000,
        ge=2,
        le=6000,
        title="Training images per class",
        description=(
            "The first n of the 6,000 of each class. Fewer make a run quick and memorising "
            "easy. The test set is always complete."
        ),
        json_schema_extra={"advanced": True},
    )
