"""timm's networks: fields and description of ols/models/timm_networks.py.

A table for what must not load timm, written by scripts/timm_networks.py; a test holds it against
timm itself. It is read once a network of timm is named or searched for.
"""

from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field, field_validator

from ols.spec.models.base import WeightsFile

PREFIX = "timm/"
TABLE = Path(__file__).with_suffix(".tsv")


class TimmFacts(NamedTuple):
    """Of a network with 1,000 classes or as timm builds it; `macs` of one image of `image_size`
    pixels a side, None where they could not be counted."""

    name: str
    parameters: int
    macs: int | None
    image_size: int


@cache
def timm_networks() -> dict[str, TimmFacts]:
    """By name, `timm/resnet18`."""
    lines = TABLE.read_text("utf-8").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    facts = (
        TimmFacts(PREFIX + name, int(parameters), int(macs) if macs else None, int(size))
        for name, parameters, macs, size in rows
    )
    return {each.name: each for each in facts}


class TimmNetwork(WeightsFile):
    """Any of timm's networks, where the worker has timm: a name, or a name and a set of weights, as
    timm/resnet50.a1_in1k."""

    order = 40

    name: str = Field(
        "timm/resnet18",
        max_length=64,
        pattern=r"^timm/[\w.-]+$",
        title="Network",
        description="Its name in timm, behind timm/.",
        json_schema_extra={"prefix": PREFIX},
    )
    weights: Literal["random", "cached", "file"] = Field(
        "random",
        title="Initial weights",
        description="random: drawn from the seed. cached: timm's pretrained ones, from Hugging "
        "Face's cache on the worker; nothing is downloaded. file: from your own file.",
    )

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return (PREFIX,)

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        architecture = name.partition(".")[0]
        if architecture not in timm_networks():
            near = get_close_matches(architecture, timm_networks(), n=5)
            like = f"; did you mean {' or '.join(near)}?" if near else ""
            raise ValueError(
                f"timm has no network {architecture.removeprefix(PREFIX)!r}{like} "
                "(python -m ols networks WORD lists them)"
            )
        return name
