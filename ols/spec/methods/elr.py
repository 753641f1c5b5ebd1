"""ELR: fields and description of ols/methods/elr.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class EarlyLearning(MethodSpec):
    """Holds predictions near their running average (Liu et al., NeurIPS 2020)."""

    title = "ELR"
    paper = (
        "Liu et al., Early-Learning Regularization Prevents Memorization of Noisy Labels, "
        "NeurIPS 2020, arXiv 2007.00151"
    )
    equation = (
        r"L = -\log p_y + \lambda\log(1 - \langle t, p\rangle),\quad t \leftarrow \beta t + "
        r"(1-\beta) p"
    )
    use = "Label noise and runs long enough to memorise it."
    colour = "#6c8448"
    order = 240
    remembers_samples = True

    name: Literal["elr"] = "elr"
    beta: float = Field(
        0.9,
        ge=0,
        lt=1,
        title="Momentum β",
        description="Of the running average of a sample's predictions. The authors use 0.7 for "
        "CIFAR-10, 0.9 for CIFAR-100 and for asymmetric noise.",
    )
    weight: float = Field(
        7.0,
        ge=0,
        le=100,
        title="Weight λ",
        description="Of the regularisation. The authors use 3 for CIFAR-10 (1 for asymmetric "
        "noise), 7 for CIFAR-100.",
    )
