"""Negative label smoothing: fields and description of ols/methods/negative_label_smoothing.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class NegativeLabelSmoothing(MethodSpec):
    """Label smoothing with a negative rate (Wei et al., ICML 2022)."""

    title = "Negative label smoothing"
    paper = (
        "Wei et al., To Smooth or Not? When Label Smoothing Meets Noisy Labels, ICML 2022, "
        "arXiv 2106.04149"
    )
    equation = r"L = -(1-r)\log p_y - \frac{r}{K}\sum_k \log p_k,\quad r < 0"
    use = (
        "High label noise, where the paper finds that smoothing is better the less, and below 0; "
        "after a phase of cross-entropy."
    )
    colour = "#f030c0"
    order = 22

    name: Literal["negative_label_smoothing"] = "negative_label_smoothing"
    rate: float = Field(
        -0.2,
        ge=-10,
        lt=0,
        title="Rate r",
        description="The authors search -0.2 to -8. Above 0 it would be label smoothing.",
    )
    warmup: float = Field(
        0.5,
        ge=0,
        lt=1,
        title="Warm-up share",
        description="Share of the run that trains with cross-entropy first. The authors do so in a "
        "run of its own, and not at all with 20% noise.",
        json_schema_extra={"advanced": True},
    )
