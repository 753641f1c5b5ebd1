"""Confidence penalty: fields and description of ols/methods/confidence_penalty.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class ConfidencePenalty(MethodSpec):
    """Rewards the entropy of the prediction (Pereyra et al., 2017)."""

    title = "Confidence penalty"
    paper = (
        "Pereyra et al., Regularizing Neural Networks by Penalizing Confident Output "
        "Distributions, 2017, arXiv 1701.06548"
    )
    equation = r"L = -\log p_y - \beta H(p)"
    use = "Overconfidence on clean labels: as label smoothing, with the divergence turned round."
    colour = "#e400e4"
    order = 95

    name: Literal["confidence_penalty"] = "confidence_penalty"
    beta: float = Field(
        0.1,
        ge=0,
        le=10,
        title="Weight β",
        description="Of the entropy. The paper uses 0.1.",
    )
