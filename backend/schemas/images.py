"""Images of a run's classes: samples, and validation images that were taken for another class."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class SampleImages(TypedDict):
    """What there is: `url` is a class's picture with `{class}` to be filled in, which shows
    `per_class` tiles of `size` pixels a side."""

    classes: int
    per_class: int
    size: int
    version: str
    url: str


class ConfusedPair(TypedDict):
    """Numbers of images of class a that the network took for b."""

    a: int
    b: int
    images: list[int]


class ConfusedEpoch(TypedDict):
    """The most confused pairs of an epoch first; `epoch` is null where none is known yet.

    `part` is the dataset's own part that the numbers count in.
    """

    epoch: int | None
    part: Literal["test", "train"] | None
    pairs: list[ConfusedPair]


class ConfusedImages(ConfusedEpoch):
    """`url` is an image's picture with `{number}` to be filled in, `size` its side in pixels."""

    size: int
    url: str
