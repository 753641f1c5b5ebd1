"""Zipf label smoothing: fields and description of ols/methods/zipf.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class ZipfSmoothing(MethodSpec):
    """Smooths by the rank of the other classes' logits (Liang et al., ECCV 2022)."""

    title = "Zipf label smoothing"
    paper = (
        "Liang et al., Efficient One Pass Self-distillation with Zipf's Label Smoothing, ECCV"
        " 2022, arXiv 2207.12980"
    )
    equation = (
        r"L = -\log p_y + \lambda\,\mathrm{KL}(q \,\Vert\, p'),\quad q_k \propto 1/r_k,\ k "
        r"\neq y"
    )
    use = (
        "Many classes (its authors: 100 and more): each sample's other classes are smoothed by "
        "their rank."
    )
    colour = "#846000"
    order = 50

    name: Literal["zipf"] = "zipf"
    weight: float = Field(
        0.1,
        ge=0,
        le=100,
        title="Weight λ",
        description="Of the divergence from Zipf's law. The authors use 0.1 for CIFAR-100 and "
        "ImageNet, 1 for Tiny-ImageNet.",
    )
