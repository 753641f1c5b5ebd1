"""Backward correction: fields and description of ols/methods/backward_correction.py."""

from typing import Literal

from ols.spec.methods.transition import TransitionMethod


class BackwardCorrection(TransitionMethod):
    """Weights the loss by the inverse of T, which is unbiased (Patrini et al., CVPR 2017)."""

    title = "Backward correction"
    paper = (
        "Patrini et al., Making Deep Neural Networks Robust to Label Noise, CVPR 2017, arXiv "
        "1609.03683"
    )
    equation = r"L = -\sum_j T^{-1}_{y,j} \log p_j"
    use = "To compare with forward correction: unbiased, and with a large variance."
    colour = "#8484c0"
    order = 220

    name: Literal["backward_correction"] = "backward_correction"
