"""Losses made for wrong labels."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ols.spec.errors import misfit
from ols.spec.parts.base import Part


class BootstrapSoft(Part):
    """Mixes the label with the network's own prediction (Reed et al., ICLR workshop 2015)."""

    name: Literal["bootstrap_soft"] = "bootstrap_soft"
    beta: float = Field(
        0.95,
        ge=0,
        le=1,
        title="Label weight β",
        description="Weight of the given label; the prediction gets 1 − β. 0.95 in the "
        "comparisons of SCE and OLS; 1 is cross-entropy.",
    )


class BootstrapHard(Part):
    """Mixes the label with the class that the network predicts (Reed et al., 2015)."""

    name: Literal["bootstrap_hard"] = "bootstrap_hard"
    beta: float = Field(
        0.8,
        ge=0,
        le=1,
        title="Label weight β",
        description="Weight of the given label; the predicted class gets 1 − β. 0.8 in the "
        "comparisons of SCE and OLS; 1 is cross-entropy.",
    )


class SymmetricCrossEntropy(Part):
    """Adds the reverse cross-entropy, which forgives wrong labels (Wang et al., ICCV 2019)."""

    name: Literal["sce"] = "sce"
    alpha: float = Field(
        6.0,
        ge=0,
        le=100,
        title="Weight α",
        description="Weight of cross-entropy. The authors use 6 for CIFAR-100, 0.1 for CIFAR-10.",
    )
    beta: float = Field(
        0.1,
        ge=0,
        le=100,
        title="Reverse weight β",
        description="Weight of the reverse term. The authors use 0.1 for CIFAR-100, 1 for "
        "CIFAR-10.",
    )
    floor: float = Field(
        1e-4,
        gt=0,
        lt=1,
        title="Target floor",
        description="Stands for a target of 0 in the reverse term's logarithm; the authors' "
        "code uses 1e-4.",
        json_schema_extra={"advanced": True},
    )

    @model_validator(mode="after")
    def _some_weight(self) -> Self:
        if not self.alpha and not self.beta:
            raise misfit("alpha", "both terms weigh 0, so nothing is learned; raise one")
        return self


class GeneralizedCrossEntropy(Part):
    """Between cross-entropy and the mean absolute error (Zhang and Sabuncu, NeurIPS 2018)."""

    name: Literal["gce"] = "gce"
    q: float = Field(
        0.7,
        gt=0,
        le=1,
        title="Exponent q",
        description="Towards 0: cross-entropy. 1: mean absolute error. 0.7 in the comparisons "
        "of SCE and OLS.",
    )


class NceRce(Part):
    """Normalised and reverse cross-entropy, together (Ma et al., ICML 2020)."""

    name: Literal["nce_rce"] = "nce_rce"
    alpha: float = Field(
        10.0,
        gt=0,
        le=1000,
        title="Weight α",
        description="Weight of the normalised term. The authors use 10 for CIFAR-100, 1 for "
        "CIFAR-10.",
    )
    beta: float = Field(
        0.1,
        ge=0,
        le=1000,
        title="Reverse weight β",
        description="Weight of the reverse term. The authors use 0.1 for CIFAR-100, 1 for "
        "CIFAR-10.",
    )


class Corrected(Part):
    """What forward and backward correction share: where T comes from."""

    transition: Literal["noise", "estimated", "given"] = Field(
        "noise",
        title="Transition matrix T",
        description="noise: that of the run's label noise. estimated: from the run's own "
        "predictions after a warm-up, at anchor points. given: the matrix below.",
    )
    matrix: tuple[tuple[float, ...], ...] = Field(
        (),
        title="Given T",
        description="T[i][j] = P(given label j | true label i), a row for each class, as JSON: "
        "[[0.9, 0.1], [0.2, 0.8]]. Every row sums to 1.",
        json_schema_extra={"advanced": True},
    )
    warmup: float = Field(
        0.3,
        gt=0,
        lt=1,
        title="Warm-up share",
        description="Share of the run that trains with cross-entropy before T is estimated.",
        json_schema_extra={"advanced": True},
    )
    percentile: float = Field(
        97.0,
        ge=50,
        le=100,
        title="Anchor percentile",
        description="Which sample of a class is its anchor point, by predicted probability. The "
        "authors use 97, and 100 (the largest) for CIFAR-100.",
        json_schema_extra={"advanced": True},
    )

    @model_validator(mode="after")
    def _matrix_is_one_of_transition(self) -> Self:
        if self.transition != "given":
            if self.matrix:
                raise misfit("matrix", "is used by transition 'given' alone; choose it, or empty")
            return self
        if not self.matrix:
            raise misfit("matrix", "transition 'given' needs it: a row for each class")
        for index, row in enumerate(self.matrix):
            _check_row(index, row, len(self.matrix))
        return self


def _check_row(index: int, row: tuple[float, ...], size: int) -> None:
    if len(row) != size:
        raise misfit("matrix", f"row {index} has {len(row)} entries, there are {size} rows")
    if any(not 0 <= entry <= 1 for entry in row):
        raise misfit("matrix", f"row {index} has an entry outside [0, 1]; they are probabilities")
    if abs(sum(row) - 1) > 1e-4:
        raise misfit("matrix", f"row {index} sums to {sum(row):g}; every row must sum to 1")


class ForwardCorrection(Corrected):
    """Takes the prediction through T before it meets the label (Patrini et al., CVPR 2017)."""

    name: Literal["forward_correction"] = "forward_correction"


class BackwardCorrection(Corrected):
    """Weighs the loss by the inverse of T, which is unbiased (Patrini et al., CVPR 2017)."""

    name: Literal["backward_correction"] = "backward_correction"


class JointOptimization(Part):
    """Learns the samples' labels together with the weights (Tanaka et al., CVPR 2018)."""

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
        description="Keeps each prediction sure. 0.8 in the comparison of OLS.",
    )
    start: float = Field(
        0.35,
        gt=0,
        le=1,
        title="Start share",
        description="Share of the run after which labels are updated: epoch 70 of 200 in the code.",
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


class EarlyLearning(Part):
    """Holds predictions near their running average (Liu et al., NeurIPS 2020)."""

    name: Literal["elr"] = "elr"
    beta: float = Field(
        0.9,
        ge=0,
        lt=1,
        title="Momentum β",
        description="Of the running average of a sample's predictions. The authors use 0.7 for "
        "CIFAR-10, 0.9 for CIFAR-100 and for asymmetric noise.",
    )
    weight: float = Field(
        7.0,
        ge=0,
        le=100,
        title="Weight λ",
        description="Of the regularisation. The authors use 3 for CIFAR-10 (1 for asymmetric "
        "noise), 7 for CIFAR-100.",
    )


class SelfAdaptive(Part):
    """Moves each sample's target towards the prediction (Huang et al., NeurIPS 2020)."""

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
