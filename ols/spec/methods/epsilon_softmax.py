"""ε-softmax: fields and description of ols/methods/epsilon_softmax.py."""

from typing import Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class EpsilonSoftmax(MethodSpec):
    """Sharpens the prediction towards a one-hot vector (Wang et al., NeurIPS 2024)."""

    title = "ε-softmax"
    paper = (
        "Wang et al., ε-Softmax: Approximating One-Hot Vectors for Mitigating Label Noise, "
        "NeurIPS 2024, arXiv 2508.02387"
    )
    equation = (
        r"L = -\alpha\log\hat p_y + 2\beta(1 - p_y),\quad \hat p = \frac{p + m\,"
        r"\mathrm{onehot}(\mathrm{argmax}\, p)}{m + 1}"
    )
    use = "Label noise of a known kind: its weights were tuned for each dataset, kind and rate."
    colour = "#007830"
    order = 204

    name: Literal["epsilon_softmax"] = "epsilon_softmax"
    m: float = Field(
        1e4,
        ge=0,
        le=1e9,
        title="Sharpness m",
        description="What the largest probability gets before they are divided by m + 1; 0: "
        "softmax. The authors use 1e4 for CIFAR-100, 1e5 for CIFAR-10.",
    )
    alpha: float = Field(
        0.03,
        ge=0,
        le=1000,
        title="Weight α",
        description="Of the cross-entropy of p̂. The authors use 0.1, 0.05 and 0.03 for CIFAR-100 "
        "with 0, 20 and 40% symmetric noise, 0.01 for CIFAR-10.",
    )
    beta: float = Field(
        1.0,
        ge=0,
        le=1000,
        title="Absolute weight β",
        description="Of the mean absolute error. The authors use 1 for CIFAR-100, 5 for CIFAR-10.",
    )
