"""Logit penalty: fields and description of ols/methods/logit_penalty.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class LogitPenalty(MethodSpec):
    """Penalises long logits (Dauphin and Cubuk, ICLR 2021)."""

    title = "Logit penalty"
    paper = (
        "Dauphin and Cubuk, Deconstructing the Regularization of BatchNorm, ICLR 2021; "
        "Kornblith et al., NeurIPS 2021, arXiv 2010.16402"
    )
    equation = r"L = -\log p_y + \tfrac{\beta}{2}\,\Vert z\Vert_2^2"
    use = "The simplest penalty on confidence, as a baseline for others."
    colour = "#007878"
    order = 90

    name: Literal["logit_penalty"] = "logit_penalty"
    beta: float = Field(
        2e-3,
        ge=0,
        le=10,
        title="Weight β",
        description="Half of it weighs the squared length of the logits. 2e-3 in the comparison "
        "of MaxSup.",
    )
