"""Label smoothing: fields and description of ols/methods/label_smoothing.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class LabelSmoothing(MethodSpec):
    """Mixes every hard label with the uniform distribution (Szegedy et al., CVPR 2016)."""

    title = "Label smoothing"
    paper = "Szegedy et al., Rethinking the Inception Architecture, CVPR 2016, arXiv 1512.00567"
    equation = r"L = -(1-\varepsilon)\log p_y - \frac{\varepsilon}{K}\sum_k \log p_k"
    use = "The first thing to try against overconfidence: one number and no state."
    colour = "#1f87d0"
    order = 20

    name: Literal["label_smoothing"] = "label_smoothing"
    epsilon: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Smoothing ε",
        description="Weight of the uniform distribution, ε. Usually 0.1.",
    )
