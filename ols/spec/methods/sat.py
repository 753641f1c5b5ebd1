"""SAT: fields and description of ols/methods/sat.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class SelfAdaptive(MethodSpec):
    """Moves each sample's target towards the prediction (Huang et al., NeurIPS 2020)."""

    title = "SAT"
    paper = (
        "Huang et al., Self-Adaptive Training: beyond Empirical Risk Minimization, NeurIPS "
        "2020, arXiv 2002.10319"
    )
    equation = (
        r"L = \frac{\sum_i w_i\,(-\sum_k t_{ik}\log p_k(x_i))}{\sum_i w_i},\quad t_i "
        r"\leftarrow \alpha t_i + (1-\alpha) p(x_i),\ w_i = \max_k t_{ik}"
    )
    use = "Label noise and long runs: the target of each sample is corrected as the network learns."
    colour = "#c02478"
    order = 250
    remembers_samples = True

    name: Literal["sat"] = "sat"
    momentum: float = Field(
        0.9,
        ge=0,
        lt=1,
        title="Momentum α",
        description="Weight of a target's past. The authors use 0.9.",
    )
    start: float = Field(
        0.3,
        gt=0,
        le=1,
        title="Start share",
        description="Share of the run that trains with cross-entropy first; the authors' epoch "
        "60 of 200.",
        json_schema_extra={"advanced": True},
    )
