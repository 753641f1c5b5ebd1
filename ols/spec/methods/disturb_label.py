"""DisturbLabel: fields and description of ols/methods/disturb_label.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class DisturbLabel(MethodSpec):
    """Draws a share of the labels anew every epoch (Xie et al., CVPR 2016)."""

    title = "DisturbLabel"
    paper = (
        "Xie et al., DisturbLabel: Regularizing CNN on the Loss Layer, CVPR 2016, arXiv 1605.00055"
    )
    equation = (
        r"L = -\log p_{y'},\quad y' \sim \mathcal{U}\{1..K\}\ \text{with probability } \alpha"
    )
    use = "Against overfitting: in the mean over epochs its labels are those of label smoothing."
    colour = "#b57be0"
    order = 110

    name: Literal["disturb_label"] = "disturb_label"
    rate: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Rate α",
        description="Share of the labels that are drawn from all classes. 0.1 in the comparison "
        "of OLS.",
    )
