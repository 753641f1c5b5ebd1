"""Networks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ols.spec_parts.base import Part


class SmallCNN(Part):
    """Five convolutions with batch norm, global average pooling; made for 8 to 32 pixels."""

    name: Literal["small_cnn"] = "small_cnn"
    width: int = Field(
        24,
        ge=4,
        le=256,
        title="Width",
        description="Channels of the first stage; the later ones have 2 and 4 times as many.",
        json_schema_extra={"advanced": True},
    )


class CifarResNet18(Part):
    """ResNet-18 with a 3 x 3 stem and no max-pooling, as used on CIFAR. Wants a GPU."""

    name: Literal["cifar_resnet18"] = "cifar_resnet18"


AnyModel = Annotated[
    SmallCNN | CifarResNet18,
    Field(discriminator="name"),
]
