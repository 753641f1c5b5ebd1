"""A network as its own teacher."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ols.spec.parts.base import Part


class TfKdSelf(Part):
    """Distils a frozen copy of the network, taken within the run (Yuan et al., CVPR 2020)."""

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


class TfKdReg(Part):
    """Distils a made-up teacher that is right with 99% (Yuan et al., CVPR 2020)."""

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
    weight: float = Field(
        1.0,
        ge=0,
        le=1000,
        title="Divergence weight",
        description="Multiplies the KL divergence. The authors' multiplier of 100 with 100 classes "
        "is 1 here.",
        json_schema_extra={"advanced": True},
    )


class PsKd(Part):
    """Mixes the label with last epoch's prediction, more and more (Kim et al., ICCV 2021)."""

    name: Literal["ps_kd"] = "ps_kd"
    alpha: float = Field(
        0.8,
        ge=0,
        le=1,
        title="Final share α",
        description="Weight of the past prediction in the last epoch; it grows from 0. The paper "
        "uses 0.8.",
    )


class ZipfSmoothing(Part):
    """Smooths by the rank of the other classes' logits (Liang et al., ECCV 2022)."""

    name: Literal["zipf"] = "zipf"
    weight: float = Field(
        0.1,
        ge=0,
        le=100,
        title="Weight λ",
        description="Of the divergence from Zipf's law. The authors use 0.1 for CIFAR-100 and "
        "ImageNet, 1 for Tiny-ImageNet.",
    )
