"""Symmetric CE: fields and description of ols/methods/sce.py."""

from typing import Literal, Self

from pydantic import Field, model_validator

from ols.spec.errors import misfit
from ols.spec.methods.base import MethodSpec


class SymmetricCrossEntropy(MethodSpec):
    """Adds the reverse cross-entropy, which tolerates wrong labels (Wang et al., ICCV 2019)."""

    title = "Symmetric CE"
    paper = (
        "Wang et al., Symmetric Cross Entropy for Robust Learning with Noisy Labels, ICCV "
        "2019, arXiv 1908.06112"
    )
    equation = r"L = -\alpha\log p_y - \beta\sum_k p_k\log t_k"
    use = (
        "Unknown label noise. The weights depend on the number of classes and the learning "
        "rate: choose them together."
    )
    colour = "#c0679a"
    order = 180

    name: Literal["sce"] = "sce"
    alpha: float = Field(
        6.0,
        ge=0,
        le=100,
        title="Weight α",
        description="Weight of cross-entropy. The authors use 6 for CIFAR-100, 0.1 for CIFAR-10.",
    )
    beta: float = Field(
        0.1,
        ge=0,
        le=100,
        title="Reverse weight β",
        description="Weight of the reverse term. The authors use 0.1 for CIFAR-100, 1 for "
        "CIFAR-10.",
    )
    floor: float = Field(
        1e-4,
        gt=0,
        lt=1,
        title="Target floor",
        description="Stands for a target of 0 in the reverse term's logarithm; the authors' "
        "code uses 1e-4.",
        json_schema_extra={"advanced": True},
    )

    @model_validator(mode="after")
    def _some_weight(self) -> Self:
        if not self.alpha and not self.beta:
            raise misfit("alpha", "both terms weigh 0, so nothing is learned; raise one")
        return self
