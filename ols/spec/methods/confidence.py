"""Regularisers of confidence: what they do is done to logits or labels of a batch alone."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ols.spec.parts.base import Part


class DisturbLabel(Part):
    """Draws a share of the labels anew every epoch (Xie et al., CVPR 2016)."""

    name: Literal["disturb_label"] = "disturb_label"
    rate: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Rate α",
        description="Share of the labels that are drawn from all classes. 0.1 in the comparison "
        "of OLS.",
    )


class PairwiseConfusion(Part):
    """Draws predictions of different classes together (Dubey et al., ECCV 2018)."""

    name: Literal["pairwise_confusion"] = "pairwise_confusion"
    weight: float = Field(
        10.0,
        ge=0,
        le=1000,
        title="Weight λ",
        description="Of the confusion term. 10 in the comparison of OLS; its authors suggest 0.1 "
        "to 0.2 times the number of classes.",
    )


class Focal(Part):
    """Lets samples that are predicted well count less (Lin et al., ICCV 2017)."""

    name: Literal["focal"] = "focal"
    gamma: float = Field(
        2.0,
        ge=0,
        le=10,
        title="Exponent γ",
        description="0 is cross-entropy. The paper recommends 2.",
    )


class MaxSup(Part):
    """Pulls down the largest logit, right or wrong (Zhou et al., NeurIPS 2025)."""

    name: Literal["maxsup"] = "maxsup"
    begin: float = Field(
        0.1,
        ge=0,
        le=10,
        title="First weight",
        description="Weight of the penalty in the first epoch. The authors use 0.1.",
    )
    end: float = Field(
        0.2,
        ge=0,
        le=10,
        title="Last weight",
        description="Weight in the last epoch; between them it is linear. The authors use 0.2.",
    )


class MarginSmoothing(Part):
    """Penalises logits that lie further apart than a margin (Liu et al., CVPR 2022)."""

    name: Literal["mbls"] = "mbls"
    margin: float = Field(
        10.0,
        ge=0,
        le=1000,
        title="Margin m",
        description="How far below the largest logit another may lie. The authors' code uses 10.",
    )
    weight: float = Field(
        0.1,
        ge=0,
        le=100,
        title="Weight λ",
        description="Of the penalty. The authors' code uses 0.1.",
    )


class LogitNorm(Part):
    """Trains on the direction of the logits alone (Wei et al., ICML 2022)."""

    name: Literal["logit_norm"] = "logit_norm"
    tau: float = Field(
        0.04,
        gt=0,
        le=10,
        title="Temperature τ",
        description="Logits of length 1 are divided by it. OpenOOD uses 0.04, the authors 0.01 for "
        "CIFAR-10.",
    )


class LogitPenalty(Part):
    """Penalises long logits (Dauphin and Cubuk, ICLR 2021)."""

    name: Literal["logit_penalty"] = "logit_penalty"
    beta: float = Field(
        2e-3,
        ge=0,
        le=10,
        title="Weight β",
        description="Half of it weighs the squared length of the logits. 2e-3 in the comparison "
        "of MaxSup.",
    )
