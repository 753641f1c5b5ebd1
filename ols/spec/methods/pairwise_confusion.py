"""Pairwise confusion: fields and description of ols/methods/pairwise_confusion.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class PairwiseConfusion(MethodSpec):
    """Draws predictions of different classes together (Dubey et al., ECCV 2018)."""

    title = "Pairwise confusion"
    paper = (
        "Dubey et al., Pairwise Confusion for Fine-Grained Visual Classification, ECCV 2018, "
        "arXiv 1705.08016"
    )
    equation = (
        r"L = -\log p_y + \frac{\lambda}{B}\sum_{\text{pairs}} \Vert p(x_i) - "
        r"p(x_j)\Vert_2"
    )
    use = (
        "Fine-grained classes with few images each, for which it was designed, with a weight "
        "that suits the number of classes."
    )
    colour = "#9c5454"
    order = 120

    name: Literal["pairwise_confusion"] = "pairwise_confusion"
    weight: float | None = Field(
        None,
        ge=0,
        le=10_000,
        title="Weight λ",
        description="Of the confusion term. Empty: 0.1 times the number of classes; its authors "
        "suggest 0.1 to 0.2 times, the comparison of OLS uses 10 for CIFAR-100.",
    )
