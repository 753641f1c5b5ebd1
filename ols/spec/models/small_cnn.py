"""Small CNN: fields and description of ols/models/small_cnn.py."""

from typing import Literal

from pydantic import Field

from ols.spec.models.base import ModelSpec, Network


class SmallCNN(ModelSpec):
    """Five convolutions with batch norm, global average pooling; made for 8 to 32 pixels."""

    order = 10
    networks = (Network("small_cnn", "Small CNN", "Small images"),)

    name: Literal["small_cnn"] = "small_cnn"
    width: int = Field(
        24,
        ge=4,
        le=256,
        title="Width",
        description="Channels of the first stage; the later ones have 2 and 4 times as many.",
        json_schema_extra={"advanced": True},
    )
