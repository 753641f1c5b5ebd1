"""Bootstrap, hard: fields and description of ols/methods/bootstrap_hard.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class BootstrapHard(MethodSpec):
    """Mixes the label with the class that the network predicts (Reed et al., 2015)."""

    title = "Bootstrap, hard"
    paper = (
        "Reed et al., Training Deep Neural Networks on Noisy Labels with Bootstrapping, ICLR "
        "workshop 2015, arXiv 1412.6596"
    )
    equation = (
        r"L = -\sum_k [\beta t_k + (1-\beta) z_k] \log p_k,\quad "
        r"z = \mathrm{onehot}(\mathrm{argmax}\,p)"
    )
    use = "A baseline for label noise that costs nothing: the predicted class is trusted a little."
    colour = "#5f9e3a"
    order = 170

    name: Literal["bootstrap_hard"] = "bootstrap_hard"
    beta: float = Field(
        0.8,
        ge=0,
        le=1,
        title="Label weight β",
        description="Weight of the given label; the predicted class gets 1 − β. 0.8 in the "
        "comparisons of SCE and OLS; 1 is cross-entropy.",
    )
