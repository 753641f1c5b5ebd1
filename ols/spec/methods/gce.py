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
    k: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Truncation k",
        description="Samples whose label gets at most this probability pull no more (the paper's "
        "truncated loss, which uses 0.5); 0: never.",
        json_schema_extra={"advanced": True},
    )
    start: float = Field(
        1 / 3,
        gt=0,
        lt=1,
        title="Start of the truncation",
        description="Share of the run that trains without it first. 40 of 120 epochs in "
        "AlanChou/Truncated-Loss.",
        json_schema_extra={"advanced": True},
    )
