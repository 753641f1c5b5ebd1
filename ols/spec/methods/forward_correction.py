"""Forward correction: fields and description of ols/methods/forward_correction.py."""

from typing import Literal

from ols.spec.methods.transition import TransitionMethod


class ForwardCorrection(TransitionMethod):
    """Multiplies the prediction by T before it meets the label (Patrini et al., CVPR 2017)."""

    title = "Forward correction"
    paper = (
        "Patrini et al., Making Deep Neural Networks Robust to Label Noise, CVPR 2017, arXiv "
        "1609.03683"
    )
    equation = r"L = -\log \sum_i p_i\,T_{i,y}"
    use = "Known noise: it is as good as its T."
    colour = "#c08484"
    order = 210

    name: Literal["forward_correction"] = "forward_correction"
