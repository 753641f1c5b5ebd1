"""Tf-KD reg: fields and description of ols/methods/tf_kd_reg.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class TfKdReg(MethodSpec):
    """Distils a made-up teacher that is right with 99% (Yuan et al., CVPR 2020)."""

    title = "Tf-KD reg"
    paper = (
        "Yuan et al., Revisiting Knowledge Distillation via Label Smoothing Regularization, "
        "CVPR 2020, arXiv 1909.11723"
    )
    equation = r"L = -(1-\alpha)\log p_y + \alpha w\,\mathrm{KL}(\mathrm{softmax}(u/T) \,\Vert\, p)"
    use = "Like label smoothing, to which it is related."
    colour = "#c024a8"
    order = 140

    name: Literal["tf_kd_reg"] = "tf_kd_reg"
    alpha: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Balance α",
        description="Weight of the teacher; the label gets 1 − α. The authors use 0.1.",
    )
    temperature: float = Field(
        20.0,
        gt=0,
        le=1000,
        title="Temperature T",
        description="The teacher's probabilities are divided by it. The authors use 20.",
    )
    weight: float | None = Field(
        None,
        ge=0,
        le=1000,
        title="Divergence weight",
        description="Multiplies the KL divergence. Empty: 100 over the number of classes, as the "
        "authors' multiplier of 100, whose divergence is a mean over the classes.",
        json_schema_extra={"advanced": True},
    )
