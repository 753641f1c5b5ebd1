"""Active-negative loss: fields and description of ols/methods/active_negative.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class ActiveNegative(MethodSpec):
    """Normalised cross-entropy with its mirror image (Ye et al., NeurIPS 2023)."""

    title = "Active-negative loss"
    paper = (
        "Ye et al., Active Negative Loss Functions for Learning with Noisy Labels, NeurIPS 2023; "
        "with more experiments arXiv 2412.02373"
    )
    equation = (
        r"L = \alpha\,\frac{\log p_y}{\sum_k \log p_k} + \beta\left(1 - \frac{A + \log p_y}{"
        r"\sum_k (A + \log p_k)}\right),\quad A = -\log 10^{-7}"
    )
    use = (
        "Unknown label noise, as NCE + RCE, whose passive loss it replaces: the authors find that "
        "that one learns slowly."
    )
    colour = "#546ccc"
    order = 202

    name: Literal["active_negative"] = "active_negative"
    alpha: float = Field(
        10.0,
        gt=0,
        le=1000,
        title="Weight α",
        description="Of the active, normalised term. The authors use 10 for CIFAR-100, 5 for "
        "CIFAR-10.",
    )
    beta: float = Field(
        1.0,
        ge=0,
        le=1000,
        title="Negative weight β",
        description="Of the negative term. The authors use 1 for CIFAR-100, 5 for CIFAR-10.",
    )
