"""OLS+: fields and description of ols/methods/ols_plus.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class OnlineLabelSmoothingPlus(MethodSpec):
    """OLS that trusts a label as far as its soft label explains the sample (this lab's own)."""

    title = "OLS+"
    paper = (
        "OLS Lab's own, after Zhang et al., Delving Deep into Label Smoothing, IEEE TIP 2021, "
        "arXiv 2011.12562; measured in docs/results/ols_plus"
    )
    equation = (
        r"L = e^{-\kappa r D / \log K}(-\alpha\log p_y - (1-\alpha)\sum_k S^{t-1}_{y,k}\log p_k),"
        r"\quad D = \max_j \sum_k m_k\log\frac{S^{t-1}_{j,k}}{S^{t-1}_{y,k}},\quad "
        r"r = \sqrt{P(D > 0)\;E(1 - e^{-D})}"
    )
    use = "Wrong labels and a run long enough to memorise them, where calibration matters too."
    colour = "#b44830"
    order = 35
    remembers_samples = True

    name: Literal["ols_plus"] = "ols_plus"
    alpha: float = Field(
        0.5,
        ge=0,
        le=1,
        title="Balance α",
        description="Weight of the hard label, α; the soft label gets 1 − α.",
    )
    kappa: float = Field(
        50.0,
        ge=0,
        le=1000,
        title="Strictness κ",
        description="How fast a label loses its weight when the soft label of another class "
        "explains the sample better, times the estimated share of wrong labels. 0 is OLS.",
    )
    momentum: float = Field(
        0.8,
        ge=0,
        lt=1,
        title="Momentum",
        description="Per epoch, of the running mean of a sample's predictions.",
        json_schema_extra={"advanced": True},
    )
