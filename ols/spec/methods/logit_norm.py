"""Logit normalisation: fields and description of ols/methods/logit_norm.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class LogitNorm(MethodSpec):
    """Trains on the direction of the logits alone (Wei et al., ICML 2022)."""

    title = "Logit normalisation"
    paper = (
        "Wei et al., Mitigating Neural Network Overconfidence with Logit Normalization, ICML "
        "2022, arXiv 2205.09310"
    )
    equation = r"L = -\log \mathrm{softmax}(z / (\tau\,\Vert z\Vert_2))_y"
    use = (
        "Detecting out-of-distribution inputs. The length of its logits is not trained: scale "
        "them before reading them as probabilities."
    )
    colour = "#cc48fc"
    order = 80

    name: Literal["logit_norm"] = "logit_norm"
    tau: float = Field(
        0.04,
        gt=0,
        le=10,
        title="Temperature τ",
        description="Logits of length 1 are divided by it. OpenOOD uses 0.04, the authors 0.01 for "
        "CIFAR-10.",
    )
