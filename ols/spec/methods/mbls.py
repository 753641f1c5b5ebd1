"""Margin-based smoothing: fields and description of ols/methods/mbls.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class MarginSmoothing(MethodSpec):
    """Penalises logits that are further apart than a margin (Liu et al., CVPR 2022)."""

    title = "Margin-based smoothing"
    paper = "Liu et al., The Devil is in the Margin, CVPR 2022, arXiv 2111.15430"
    equation = r"L = -\log p_y + \lambda\,\tfrac1K\sum_k \max(0, \max_j z_j - z_k - m)"
    use = (
        "Calibration, where label smoothing makes a network under-confident: only gaps beyond "
        "the margin are penalised."
    )
    colour = "#fc48c0"
    order = 70

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
