"""Label Smoothing++: fields and description of ols/methods/label_smoothing_pp.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class LabelSmoothingPP(MethodSpec):
    """Smooths with learned probabilities of the other classes (Chhabra et al., BMVC 2024)."""

    title = "Label Smoothing++"
    paper = "Chhabra et al., Label Smoothing++, BMVC 2024, arXiv 2509.05307"
    equation = (
        r"L = \tfrac12\,\mathrm{CE}(t, p) + \tfrac12\,\mathrm{CE}(p, t),\quad t = "
        r"(1-a)\,\mathrm{onehot}(y) + a\,C_y"
    )
    use = (
        "Where OLS would be used and the target's own probability should stay fixed: only "
        "those of the other classes are learned, by gradient descent."
    )
    colour = "#6c3cfc"
    order = 40

    name: Literal["label_smoothing_pp"] = "label_smoothing_pp"
    alpha: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Smoothing a",
        description="Weight of the learned part. The authors' code uses 0.1.",
    )
