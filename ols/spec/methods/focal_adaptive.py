"""Sample-dependent focal loss: fields and description of ols/methods/focal_adaptive.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class AdaptiveFocal(MethodSpec):
    """Focal loss whose exponent depends on the sample (Mukhoti et al., NeurIPS 2020)."""

    title = "Sample-dependent focal loss"
    paper = (
        "Mukhoti et al., Calibrating Deep Neural Networks using Focal Loss, NeurIPS 2020, "
        "arXiv 2002.09437"
    )
    equation = (
        r"L = -(1-p_y)^{\gamma(p_y)} \log p_y,\quad \gamma(p) = 5 \text{ if } p < 0.2 \text{ else }"
        r" 3"
    )
    use = "Calibration on clean labels, for which it was designed (FLSD-53)."
    colour = "#246ce4"
    order = 102

    name: Literal["focal_adaptive"] = "focal_adaptive"
    gamma: float = Field(
        3.0,
        ge=0,
        le=10,
        title="Exponent γ",
        description="Of samples with p_y of 0.2 or more. The authors use 3.",
    )
    gamma_low: float = Field(
        5.0,
        ge=0,
        le=10,
        title="Exponent γ below 0.2",
        description="Of samples with p_y below 0.2. The authors use 5.",
    )
