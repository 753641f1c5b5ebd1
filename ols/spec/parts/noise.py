"""Which training labels are wrong on purpose, or were given by people who err."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from ols.spec.errors import misfit
from ols.spec.parts.base import Part, plain_name

# Kinds that a rate and the run's seed determine; those of a file bring their own labels.
DRAWN = ("symmetric", "pair_flip", "asymmetric", "instance")
FROM_FILE = ("human", "file")


class Noise(Part):
    """Wrong training labels, drawn once from the seed or read from a file; test labels stay."""

    kind: Literal["none", "symmetric", "pair_flip", "asymmetric", "instance", "human", "file"] = (
        Field(
            "none",
            title="Kind of noise",
            description="symmetric: a wrong label is any other class; pair_flip: it is the next "
            "class; asymmetric: a class that is easily taken for it, by the map; instance: which "
            "labels are wrong depends on the image (Xia et al., NeurIPS 2020); human: labels that "
            "people gave (CIFAR-N, Wei et al., ICLR 2022); file: labels from a CSV.",
        )
    )
    rate: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Noise rate",
        description="Share of the training labels that are wrong; asymmetric: of those of each "
        "class in the map; instance: the mean of the samples' probabilities. The paper uses 0 to "
        "0.8.",
    )
    map: dict[str, str] = Field(
        {},
        max_length=1000,
        title="Class map",
        description='asymmetric: what each class becomes, by name: {"cat": "dog", "dog": "cat"}. '
        "Empty: the usual one, of CIFAR-10 and CIFAR-100 only.",
        json_schema_extra={"advanced": True},
    )
    labels: Literal["worse", "aggre", "random1", "random2", "random3", "noisy"] = Field(
        "worse",
        title="Human labels",
        description="CIFAR-10N: worse (40% wrong), aggre (the majority of three, 9%), random1 to "
        "random3 (one person each, 17 to 18%). CIFAR-100N: noisy (40%).",
    )
    file: str = Field(
        "",
        max_length=100,
        coerce_numbers_to_str=True,
        title="Label file",
        description="Its name inside the data folder of the worker. file: a CSV of number,label. "
        "human: empty for CIFAR-10_human.pt or CIFAR-100_human.pt.",
    )
    holdout: bool = Field(
        False,
        title="Noisy holdout",
        description="The holdout's labels are wrong alike, as where nobody has clean ones. The "
        "test set stays clean.",
        json_schema_extra={"advanced": True},
    )

    @field_validator("map")
    @classmethod
    def _names_of_classes(cls, names: dict[str, str]) -> dict[str, str]:
        for name in (*names, *names.values()):
            if not name or "\x00" in name:
                raise ValueError("must be names of classes, without NUL characters")
        return names

    @field_validator("file")
    @classmethod
    def _plain_name(cls, file: str) -> str:
        return plain_name(file, "file") if file else file

    @model_validator(mode="after")
    def _fields_fit_kind(self) -> Self:
        if self.rate > 0 and self.kind == "none":
            raise misfit("kind", f"a rate above 0 needs one of the kinds {', '.join(DRAWN)}")
        if self.rate > 0 and self.kind in FROM_FILE:
            raise misfit("rate", f"kind {self.kind!r} has the rate of its file; set 0")
        if self.map and self.kind != "asymmetric":
            raise misfit("map", "is only used with kind 'asymmetric'; leave it empty")
        if self.file and self.kind not in FROM_FILE:
            raise misfit("file", "is only used with kinds 'file' and 'human'; leave it empty")
        if self.kind == "file" and not self.file:
            raise misfit("file", "kind 'file' needs the name of a CSV in the data folder")
        if self.holdout and self.kind == "none":
            raise misfit("holdout", "there is no noise; choose its kind, or switch this off")
        return self

    @property
    def words(self) -> str:
        """What runs are named after: `20%`, `instance-40%`, `worse`; empty without noise."""
        if self.kind in ("symmetric", "pair_flip"):
            return f"{self.rate * 100:g}%" if self.rate else ""
        if self.kind in DRAWN:
            return f"{self.kind}-{self.rate * 100:g}%"
        return {"none": "", "human": self.labels}.get(self.kind, self.kind)
