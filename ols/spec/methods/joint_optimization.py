"""Joint optimisation: fields and description of ols/methods/joint_optimization.py."""

from typing import Literal

from pydantic import Field, field_validator

from ols.spec.methods.base import MethodSpec
from ols.spec.parts.base import plain_name


class JointOptimization(MethodSpec):
    """Learns the samples' labels together with the weights (Tanaka et al., CVPR 2018)."""

    title = "Joint optimisation"
    paper = (
        "Tanaka et al., Joint Optimization Framework for Learning with Noisy Labels, CVPR "
        "2018, arXiv 1803.11364"
    )
    equation = (
        r"L = \mathrm{KL}(s \,\Vert\, p) + \alpha\,\mathrm{KL}(\tfrac1K \,\Vert\, \bar p) + "
        r"\beta H(p)"
    )
    use = (
        "Label noise on balanced classes (its prior is uniform) and a long run with a high "
        "learning rate while labels are learned."
    )
    colour = "#fc5460"
    order = 230
    remembers_samples = True

    name: Literal["joint_optimization"] = "joint_optimization"
    alpha: float = Field(
        1.2,
        ge=0,
        le=100,
        title="Prior weight α",
        description="Keeps the mean prediction near uniform. 1.2 in the comparison of OLS.",
    )
    beta: float = Field(
        0.8,
        ge=0,
        le=100,
        title="Entropy weight β",
        description="Keeps each prediction confident. 0.8 in the comparison of OLS.",
    )
    start: float = Field(
        0.35,
        gt=0,
        le=1,
        title="Start share",
        description="Share of the run after which labels are updated: epoch 70 of 200 in the code.",
        json_schema_extra={"advanced": True},
    )
    labels_file: str = Field(
        "",
        max_length=100,
        title="Learned labels",
        description="The second step: trains on the labels that an earlier run of this method has "
        "learned, and on nothing else. The name of its last checkpoint inside the folder weights "
        "of the worker's data folder. Empty: the first step, which learns them.",
        json_schema_extra={"advanced": True},
    )
    window: int = Field(
        10,
        ge=1,
        le=100,
        title="Window",
        description="Epochs whose predictions make a label. The authors use 10 in a run of 200.",
        json_schema_extra={"advanced": True},
    )

    @field_validator("labels_file")
    @classmethod
    def _plain(cls, name: str) -> str:
        return plain_name(name, "file") if name else name
