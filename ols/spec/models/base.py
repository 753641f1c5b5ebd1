"""What every family of networks says of itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from ols.spec.choice import Choice, Entry
from ols.spec.errors import misfit
from ols.spec.parts.base import plain_name

MACS_TABLE = Path(__file__).with_name("network_macs.tsv")


@dataclass(frozen=True)
class Network:
    """One network of a family; `group` is where the form shows it."""

    name: str
    title: str
    group: str
    parameters: int | None = None  # None: they follow from the fields
    paper: str = ""


class ModelSpec(Choice):
    """A family of networks, which share their fields and the code that builds them."""

    code_package = "ols.models"
    networks: ClassVar[tuple[Network, ...]] = ()

    @classmethod
    def entries(cls) -> tuple[Entry[Self], ...]:
        return tuple(
            Entry(network.name, network.title, network.paper, cls, _facts(network))
            for network in cls.networks
        )


def _facts(network: Network) -> dict[str, Any]:
    if network.parameters is None:
        return {"family": network.group}
    macs, image_size = _macs().get(network.name, (None, None))
    return {
        **{"family": network.group, "size": network.parameters},
        **({} if macs is None else {"macs": macs, "image_size": image_size}),
    }


@cache
def _macs() -> dict[str, tuple[int, int]]:
    """Of an image, and the side of that image, by network; scripts/network_macs.py counted them."""
    rows = (line.split("\t") for line in MACS_TABLE.read_text("utf-8").splitlines()[1:])
    return {name: (int(macs), int(side)) for name, macs, side in rows}


def one_of(networks: Sequence[Network]) -> Any:
    """The type of a family's `name`."""
    return Literal[tuple(network.name for network in networks)]


class WeightsFile(ModelSpec):
    """Networks that can start from weights in the worker's data folder."""

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
            raise misfit("weights_file", "is only read when weights is 'file'; choose that")
        return self


class UnpublishedWeights(WeightsFile):
    """Networks whose weights nobody publishes in torchvision's place."""

    weights: Literal["random", "file"] = Field(
        "random",
        title="Initial weights",
        description="random: drawn from the seed. file: from your own file.",
        json_schema_extra={"advanced": True},
    )
