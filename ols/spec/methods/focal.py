"""Focal loss: fields and description of ols/methods/focal.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class Focal(MethodSpec):
    """Down-weights samples that are predicted well (Lin et al., ICCV 2017)."""

    title = "Focal loss"
    paper = "Lin et al., Focal Loss for Dense Object Detection, ICCV 2017, arXiv 1708.02002"
    equation = r"L = -(1-p_y)^\gamma \log p_y"
    use = (
        "Many easy samples and few hard ones, for which it was designed; and calibration "
        "(Mukhoti et al., NeurIPS 2020)."
    )
    colour = "#d2556a"
    order = 100

    name: Literal["focal"] = "focal"
    gamma: float = Field(
        2.0,
        ge=0,
        le=10,
        title="Exponent γ",
        description="0 is cross-entropy. The paper recommends 2.",
    )
