"""AdaFocal: fields and description of ols/methods/adafocal.py."""

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ols.spec.errors import misfit
from ols.spec.methods.base import MethodSpec


class AdaFocal(MethodSpec):
    """Focal loss whose exponents follow a holdout's calibration (Ghosh et al., NeurIPS 2022)."""

    title = "AdaFocal"
    paper = (
        "Ghosh et al., AdaFocal: Calibration-aware Adaptive Focal Loss, NeurIPS 2022, "
        "arXiv 2211.11838"
    )
    equation = (
        r"L = -(1-p_y)^{\gamma_b} \log p_y,\quad \gamma_b \leftarrow \gamma_b\,"
        r"e^{\lambda (C_b - A_b)}"
    )
    use = "Calibration on clean labels, with a holdout to spare."
    colour = "#3c7860"
    order = 104
    needs: ClassVar[dict[str, Any]] = {"eval_on": "holdout"}
    needs_because = "it follows the calibration there, and a test set is not for training"

    name: Literal["adafocal"] = "adafocal"
    rate: float = Field(
        1.0,
        gt=0,
        le=10,
        title="Update rate λ",
        description="Of the exponents, which are updated after each epoch. The authors use 1.",
    )
    bins: int = Field(
        15,
        ge=2,
        le=100,
        title="Bins",
        description="Of confidence, with as many holdout samples each. The authors use 15.",
        json_schema_extra={"advanced": True},
    )
    switch: float = Field(
        0.2,
        gt=0,
        le=1,
        title="Switch",
        description="An exponent nearer to 0 changes its sign: focal loss becomes inverse focal "
        "loss, or back. The authors use 0.2.",
        json_schema_extra={"advanced": True},
    )
    highest: float = Field(
        20.0,
        ge=1,
        le=100,
        title="Highest exponent",
        description="Exponents stay below it. The authors use 20.",
        json_schema_extra={"advanced": True},
    )
    lowest: float = Field(
        -2.0,
        le=0,
        ge=-20,
        title="Lowest exponent",
        description="Exponents of inverse focal loss stay above it. The authors use -2.",
        json_schema_extra={"advanced": True},
    )

    @model_validator(mode="after")
    def _can_switch(self) -> Self:
        if self.lowest > -self.switch:
            raise misfit("lowest", f"must not exceed -switch ({-self.switch:g})")
        return self
