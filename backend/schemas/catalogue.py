"""What can be chosen in a spec."""

from __future__ import annotations

from typing import Any, NotRequired

from typing_extensions import TypedDict

from backend.schemas.workers import Availability


class Choice(TypedDict):
    """`parameters` are JSON schemas by name; `paper` may be empty."""

    name: str
    title: str
    help: str
    paper: str
    parameters: dict[str, dict[str, Any]]


class MethodChoice(Choice):
    """A method; `equation` is LaTeX, `use` says when to use it."""

    equation: str
    use: str


class DatasetChoice(Choice):
    """A dataset; `classes` and `image_shape` (channels, height, width) are null where only its
    files say; `recipe` is what a spec on it does not have to give."""

    classes: int | None
    image_shape: list[int] | None
    recipe: dict[str, Any]
    availability: Availability


class ModelChoice(Choice):
    """A network; `size` counts its parameters, `macs` the multiply-adds of one image of
    `image_size` pixels a side. Left out where they follow from its fields."""

    family: str
    size: NotRequired[int]
    macs: NotRequired[int]
    image_size: NotRequired[int]


class TimmNetworkFacts(TypedDict):
    """A network of timm with its own number of classes; `macs`, multiply-adds of one image of
    `image_size` pixels a side, are null where they could not be counted."""

    name: str
    parameters: int
    macs: int | None
    image_size: int


class TimmNetworks(TypedDict):
    """`workers`: those online that have timm."""

    workers: list[str]
    networks: list[TimmNetworkFacts]


class PresetChoice(TypedDict):
    """A starting point; `spec` is a partial RunSpec."""

    name: str
    title: str
    help: str
    spec: dict[str, Any]
    group: str


class Catalogue(TypedDict):
    """Methods, datasets, models and presets."""

    methods: list[MethodChoice]
    datasets: list[DatasetChoice]
    models: list[ModelChoice]
    presets: list[PresetChoice]
