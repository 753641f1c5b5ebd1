"""Online label smoothing: fields and description of ols/methods/ols.py."""

from typing import Literal, Self

from pydantic import Field, model_validator

from ols.spec.errors import misfit
from ols.spec.methods.base import MethodSpec


class OnlineLabelSmoothing(MethodSpec):
    """Soft labels learned while training (Zhang et al., IEEE TIP 2021)."""

    title = "Online label smoothing"
    paper = "Zhang et al., Delving Deep into Label Smoothing, IEEE TIP 2021, arXiv 2011.12562"
    equation = r"L = -\alpha\log p_y - (1-\alpha)\sum_k S^{t-1}_{y,k}\log p_k"
    use = (
        "When classes resemble each other unequally, or labels are wrong and the run is long "
        "enough to memorise them. It learns a soft label for each class."
    )
    colour = "#d9601a"
    order = 30

    name: Literal["ols"] = "ols"
    alpha: float = Field(
        0.5,
        ge=0,
        le=1,
        title="Balance α",
        description="Weight of the hard label, α; the soft label gets 1 − α. "
        "The paper reports 0.5 as best; 1 is plain cross-entropy.",
    )
    initial: Literal["uniform", "zeros", "label_smoothing", "identity"] = Field(
        "uniform",
        title="Initial soft labels S⁰",
        description="What supervises the first epoch. The paper uses the uniform distribution.",
        json_schema_extra={"advanced": True},
    )
    empty_class: Literal["uniform", "keep", "zero"] = Field(
        "uniform",
        title="Class without a hit",
        description="Soft label of a class of which no sample was predicted correctly in an "
        "epoch: uniform, the previous one (keep), or none (zero: hard loss only).",
        json_schema_extra={"advanced": True},
    )
    counted: Literal["correct", "all"] = Field(
        "correct",
        title="Counted samples",
        description="Average the softmax over the correctly classified samples (the paper) "
        "or over all of them.",
        json_schema_extra={"advanced": True},
    )
    period: int = Field(
        1,
        ge=1,
        le=10_000,
        title="Update period",
        description="Epochs between two updates of the soft labels. The paper uses 1.",
        json_schema_extra={"advanced": True},
    )
    temperature: float = Field(
        1.0,
        gt=0,
        le=100,
        title="Temperature",
        description="The softmax that is averaged is taken at this temperature. "
        "1 is the paper's; above 1 flattens the soft labels.",
        json_schema_extra={"advanced": True},
    )
    freeze_at: float | None = Field(
        None,
        gt=0,
        le=1,
        title="Freeze at",
        description="Stop updating a class once the largest entry of its row reaches this "
        "(the authors' fine-grained code uses 0.88). Empty: never.",
        json_schema_extra={"advanced": True},
    )
    hard_weight: float | None = Field(
        None,
        ge=0,
        le=100,
        title="Weight of the hard term",
        description="Empty: α. The authors' fine-grained code uses 1 for both terms.",
        json_schema_extra={"advanced": True},
    )
    soft_weight: float | None = Field(
        None,
        ge=0,
        le=100,
        title="Weight of the soft term",
        description="Empty: 1 − α.",
        json_schema_extra={"advanced": True},
    )

    @model_validator(mode="after")
    def _some_weight(self) -> Self:
        if not (self.alpha if self.hard_weight is None else self.hard_weight) and not (
            1 - self.alpha if self.soft_weight is None else self.soft_weight
        ):
            raise misfit("soft_weight", "both terms weigh 0, so nothing is learned; raise one")
        return self
