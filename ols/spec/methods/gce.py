"""Generalised CE: fields and description of ols/methods/gce.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class GeneralizedCrossEntropy(MethodSpec):
    """Between cross-entropy and the mean absolute error (Zhang and Sabuncu, NeurIPS 2018)."""

    title = "Generalised CE"
    paper = "Zhang and Sabuncu, Generalized Cross Entropy Loss, NeurIPS 2018, arXiv 1805.07836"
    equation = r"L = (1 - p_y^q)/q"
    use = "Unknown label noise, few classes or a long run: with many classes it starts slowly."
    colour = "#b98a00"
    order = 190

    name: Literal["gce"] = "gce"
    q: float = Field(
        0.7,
        gt=0,
        le=1,
        title="Exponent q",
        description="Towards 0: cross-entropy. 1: mean absolute error. 0.7 in the comparisons "
        "of SCE and OLS.",
    )
