"""NCE + RCE: fields and description of ols/methods/nce_rce.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class NceRce(MethodSpec):
    """Normalised and reverse cross-entropy, together (Ma et al., ICML 2020)."""

    title = "NCE + RCE"
    paper = (
        "Ma et al., Normalized Loss Functions for Deep Learning with Noisy Labels, ICML 2020,"
        " arXiv 2006.13554"
    )
    equation = r"L = \alpha\,\frac{\log p_y}{\sum_k \log p_k} - \beta\sum_k p_k\log t_k"
    use = (
        "Unknown label noise and a long run: the authors claim the largest gains at 60 and 80% "
        "wrong labels, after 120 to 200 epochs."
    )
    colour = "#786cf0"
    order = 200

    name: Literal["nce_rce"] = "nce_rce"
    alpha: float = Field(
        10.0,
        gt=0,
        le=1000,
        title="Weight α",
        description="Weight of the normalised term. The authors use 10 for CIFAR-100, 1 for "
        "CIFAR-10.",
    )
    beta: float = Field(
        0.1,
        ge=0,
        le=1000,
        title="Reverse weight β",
        description="Weight of the reverse term. The authors use 0.1 for CIFAR-100, 1 for "
        "CIFAR-10.",
    )
