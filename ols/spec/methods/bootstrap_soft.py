"""Bootstrap, soft: fields and description of ols/methods/bootstrap_soft.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class BootstrapSoft(MethodSpec):
    """Mixes the label with the network's own prediction (Reed et al., ICLR workshop 2015)."""

    title = "Bootstrap, soft"
    paper = (
        "Reed et al., Training Deep Neural Networks on Noisy Labels with Bootstrapping, ICLR "
        "workshop 2015, arXiv 1412.6596"
    )
    equation = r"L = -\sum_k [\beta t_k + (1-\beta) p_k] \log p_k"
    use = (
        "A baseline for label noise that costs nothing: confident predictions are left as they are."
    )
    colour = "#0e9a75"
    order = 160

    name: Literal["bootstrap_soft"] = "bootstrap_soft"
    beta: float = Field(
        0.95,
        ge=0,
        le=1,
        title="Label weight β",
        description="Weight of the given label; the prediction gets 1 − β. 0.95 in the "
        "comparisons of SCE and OLS; 1 is cross-entropy.",
    )
