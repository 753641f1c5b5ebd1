"""LogitClip: fields and description of ols/methods/logit_clip.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class LogitClip(MethodSpec):
    """Clips the logits' length in the loss (Wei et al., ICML 2023)."""

    title = "LogitClip"
    paper = (
        "Wei et al., Mitigating Memorization of Noisy Labels by Clipping the Model "
        "Prediction, ICML 2023, arXiv 2212.04055"
    )
    equation = (
        r"L = -\log \mathrm{softmax}\left(z\min\left(1, \frac{\tau}{\Vert z\Vert_2}\right)\right)_y"
    )
    use = "Label noise: bounds what one sample can cost, and so what a wrong label pulls."
    colour = "#e448fc"
    order = 206

    name: Literal["logit_clip"] = "logit_clip"
    tau: float = Field(
        1.0,
        gt=0,
        le=1000,
        title="Length τ",
        description="Longer logits count as if they were this long. 1 in the comparison of "
        "ε-softmax's authors on CIFAR-10 with up to 40% symmetric noise.",
    )
