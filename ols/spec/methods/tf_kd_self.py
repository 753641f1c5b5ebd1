"""Tf-KD self: fields and description of ols/methods/tf_kd_self.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class TfKdSelf(MethodSpec):
    """Distils a frozen copy of the network, taken within the run (Yuan et al., CVPR 2020)."""

    title = "Tf-KD self"
    paper = (
        "Yuan et al., Revisiting Knowledge Distillation via Label Smoothing Regularization, "
        "CVPR 2020, arXiv 1909.11723"
    )
    equation = (
        r"L = -(1-\alpha)\log p_y + \alpha w T^2\,\mathrm{KL}(p^{\text{teacher}}_T \,\Vert\, "
        r"p_T)"
    )
    use = (
        "Long runs: soft labels for each sample from an earlier state of the network, which "
        "must already be good."
    )
    colour = "#3060cc"
    order = 130

    name: Literal["tf_kd_self"] = "tf_kd_self"
    alpha: float = Field(
        0.95,
        ge=0,
        le=1,
        title="Balance α",
        description="Weight of the teacher; the label gets 1 − α. The authors use 0.95 for "
        "ResNet-18 on CIFAR-100.",
    )
    temperature: float = Field(
        6.0,
        gt=0,
        le=1000,
        title="Temperature T",
        description="Softens teacher and student. The authors use 6.",
    )
    weight: float = Field(
        0.5,
        ge=0,
        le=1000,
        title="Divergence weight",
        description="Multiplies the KL divergence. The authors' multiplier of 50 with 100 classes "
        "is 0.5 here.",
        json_schema_extra={"advanced": True},
    )
    warmup: float = Field(
        0.5,
        gt=0,
        lt=1,
        title="Warm-up share",
        description="Share of the run that trains the teacher with cross-entropy. The authors "
        "train it in a run of its own.",
        json_schema_extra={"advanced": True},
    )
