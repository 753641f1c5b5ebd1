"""Hard labels: fields and description of ols/methods/hard.py."""

from typing import Literal

from ols.spec.methods.base import MethodSpec


class HardLabels(MethodSpec):
    """Cross-entropy against the given labels: the baseline."""

    title = "Hard labels"
    equation = r"L = -\log p_y"
    use = "The baseline of every comparison."
    colour = "#77818c"
    order = 10

    name: Literal["hard"] = "hard"
