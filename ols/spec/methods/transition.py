"""What the methods share that correct a loss by the noise's transition matrix T."""

from typing import Literal, Self

from pydantic import Field, model_validator

from ols.spec.errors import misfit
from ols.spec.methods.base import MethodSpec


class TransitionMethod(MethodSpec):
    """T[i, j] = P(given label j | true label i): where it comes from."""

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
    percentile: float | None = Field(
        None,
        ge=50,
        le=100,
        title="Anchor percentile",
        description="Which sample of a class is its anchor point, by predicted probability. Empty: "
        "by the number of classes, 100 (1 − 0.3 / K), which is the authors' 97 of 10 classes. They "
        "use 100 (the largest) for CIFAR-100.",
        json_schema_extra={"advanced": True},
    )

    @model_validator(mode="after")
    def _matrix_is_one_of_transition(self) -> Self:
        if self.transition != "given":
            if self.matrix:
                raise misfit(
                    "matrix", "is only used with transition 'given'; choose that, or leave it empty"
                )
            return self
        if not self.matrix:
            raise misfit("matrix", "transition 'given' needs it: a row for each class")
        for index, row in enumerate(self.matrix):
            _check_row(index, row, len(self.matrix))
        return self

    def clash_with_mixing(self) -> str | None:
        if self.transition != "estimated":
            return None
        return (
            "method.transition estimated exclude each other: anchor points are samples, and a "
            "mixed image is two; set none, or choose transition noise"
        )


def _check_row(index: int, row: tuple[float, ...], size: int) -> None:
    if len(row) != size:
        raise misfit("matrix", f"row {index} has {len(row)} entries, there are {size} rows")
    if any(not 0 <= entry <= 1 for entry in row):
        raise misfit("matrix", f"row {index} has an entry outside [0, 1]; they are probabilities")
    if abs(sum(row) - 1) > 1e-4:
        raise misfit("matrix", f"row {index} sums to {sum(row):g}; every row must sum to 1")
