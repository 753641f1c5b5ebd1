"""Label smoothing in its variants, and the hard labels that they are compared with."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ols.spec.errors import misfit
from ols.spec.parts.base import Part


class HardLabels(Part):
    """Cross-entropy against the given labels: the baseline."""

    name: Literal["hard"] = "hard"


class LabelSmoothing(Part):
    """Mixes every hard label with the uniform distribution (Szegedy et al., CVPR 2016)."""

    name: Literal["label_smoothing"] = "label_smoothing"
    epsilon: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Smoothing ε",
        description="Weight of the uniform distribution, ε. Usually 0.1.",
    )


class OnlineLabelSmoothing(Part):
    """Soft labels learned while training (Zhang et al., IEEE TIP 2021)."""

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
        "epoch: uniform, the one before (keep), or none (zero: hard loss only).",
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


class LabelSmoothingPP(Part):
    """Smooths with learned probabilities of the other classes (Chhabra et al., BMVC 2024)."""

    name: Literal["label_smoothing_pp"] = "label_smoothing_pp"
    alpha: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Smoothing a",
        description="Weight of the learned part. The authors' code uses 0.1.",
    )
