"""Networks."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from ols.spec.errors import misfit
from ols.spec.models.cifar_networks import CifarName
from ols.spec.models.torchvision_networks import TorchvisionName
from ols.spec.parts.base import Part, plain_name


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


class WeightsFile(Part):
    """Weights to start from, in the worker's data folder."""

    weights_file: str = Field(
        "",
        max_length=100,
        title="Weights file",
        description="Its name inside the folder weights of the worker's data folder: a state_dict "
        "of this network, or a checkpoint of a run. A head of other classes stays random.",
        json_schema_extra={"advanced": True},
    )

    @field_validator("weights_file")
    @classmethod
    def _plain(cls, name: str) -> str:
        return plain_name(name, "file") if name else name

    @model_validator(mode="after")
    def _named_where_it_is_wanted(self) -> Self:
        wanted = getattr(self, "weights", "random") == "file"
        if wanted and not self.weights_file:
            raise misfit("weights_file", "name the file to start from")
        if self.weights_file and not wanted:
            raise misfit("weights_file", "is not read unless weights is 'file'; choose that")
        return self


class RandomOrFile(WeightsFile):
    """Networks whose weights nobody publishes in torchvision's place."""

    weights: Literal["random", "file"] = Field(
        "random",
        title="Initial weights",
        description="random: drawn from the seed. file: from a file of yours.",
        json_schema_extra={"advanced": True},
    )


class CifarNetwork(RandomOrFile):
    """For images of 32 x 32: a 3 x 3 stem, the first stage at full resolution. Wants a GPU."""

    name: CifarName = "cifar_resnet18"


class SelfAttentionNetwork(RandomOrFile):
    """SAN-15: self-attention in windows of 7 x 7 for convolutions. Wants a GPU.

    For photographs of at least 128 x 128. The authors' published weights can be started from, as a
    file.
    """

    name: Literal["san15_pairwise", "san15_patchwise"] = "san15_pairwise"


class TorchvisionNetwork(WeightsFile):
    """For photographs, as torchvision builds it, usually of 224 x 224. Wants a GPU."""

    name: TorchvisionName = "resnet50"
    weights: Literal["random", "imagenet", "file"] = Field(
        "random",
        title="Initial weights",
        description="random: drawn from the seed. imagenet: torchvision's pretrained ones, from "
        "its cache or fetched. file: from a file of yours.",
    )


AnyModel = Annotated[
    SmallCNN | CifarNetwork | TorchvisionNetwork | SelfAttentionNetwork,
    Field(discriminator="name"),
]
