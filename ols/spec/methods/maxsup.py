"""Max suppression: fields and description of ols/methods/maxsup.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class MaxSup(MethodSpec):
    """Pulls down the largest logit, right or wrong (Zhou et al., NeurIPS 2025)."""

    title = "Max suppression"
    paper = (
        "Zhou et al., MaxSup: Overcoming Representation Collapse in Label Smoothing, NeurIPS "
        "2025, arXiv 2502.15798"
    )
    equation = r"L = -\log p_y + a\,(\max_k z_k - \tfrac1K\sum_k z_k)"
    use = (
        "In place of label smoothing when features are reused: its authors claim better "
        "transfer and segmentation."
    )
    colour = "#7854a8"
    order = 60

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
