"""PS-KD: fields and description of ols/methods/ps_kd.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class PsKd(MethodSpec):
    """Mixes the label increasingly with the previous epoch's prediction (Kim et al., ICCV 2021)."""

    title = "PS-KD"
    paper = (
        "Kim et al., Self-Knowledge Distillation with Progressive Refinement of Targets, ICCV"
        " 2021, arXiv 2006.12000"
    )
    equation = (
        r"L = -\sum_k t_k \log p_k,\quad t = (1-\alpha_t)\,\mathrm{onehot}(y) + "
        r"\alpha_t\,p^{t-1}(x)"
    )
    use = "Soft labels for each sample without a teacher, if there is memory for N x K numbers."
    colour = "#d81800"
    order = 150
    remembers_samples = True

    name: Literal["ps_kd"] = "ps_kd"
    alpha: float = Field(
        0.8,
        ge=0,
        le=1,
        title="Final share α",
        description="Weight of the past prediction in the last epoch; it grows from 0. The paper "
        "uses 0.8.",
    )
