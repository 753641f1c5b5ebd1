"""What is measured once, when a run ends."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ols.spec.errors import misfit
from ols.spec.parts.base import Part


class FinalMeasures(Part):
    """Measured once on the test set, after the last epoch."""

    attacks: Literal["none", "fgsm", "fgsm_pgd", "fgsm_pgd_worst", "autoattack"] = Field(
        "none",
        title="Attacks",
        description="Accuracy under attack: fgsm is one step along the gradient's sign (Goodfellow "
        "et al., ICLR 2015), pgd several (Madry et al., ICLR 2018), at the cost of as many tests. "
        "worst: also what survives PGD against two losses that do not depend on the logits' scale. "
        "autoattack: what survives AutoAttack (Croce and Hein, ICML 2020), thousands of tests; the "
        "worker needs its package.",
    )
    epsilon: float = Field(
        8.0,
        gt=0,
        le=255,
        title="Attack radius ε",
        description="How far an attack may change a pixel, in levels of 255. Usually 8 for CIFAR, "
        "2 or 4 for ImageNet.",
        json_schema_extra={"advanced": True},
    )
    pgd_steps: int = Field(
        10,
        ge=1,
        le=1000,
        title="PGD steps",
        description="Steps of the PGD attack, from a random start within ε. Usually 10 or 20.",
        json_schema_extra={"advanced": True},
    )
    pgd_step: float = Field(
        2.0,
        gt=0,
        le=255,
        title="PGD step size",
        description="Length of a PGD step, in levels of 255. Usually ε / 4.",
        json_schema_extra={"advanced": True},
    )
    ensemble_last: int = Field(
        0,
        ge=0,
        le=1000,
        title="Ensemble of the last epochs",
        description="Average the softmax of the networks after this many last epochs, as in the "
        "paper's table of 1 to 20; 0: none.",
    )
    ensemble_epochs: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (),
        title="Ensemble of these epochs",
        description="The same for chosen epochs, for example 150, 225, 300.",
        json_schema_extra={"advanced": True},
    )

    @model_validator(mode="after")
    def _one_ensemble(self) -> Self:
        if self.ensemble_last and self.ensemble_epochs:
            raise misfit("ensemble_epochs", "choose epochs or the last ones; set ensemble_last 0")
        if list(self.ensemble_epochs) != sorted(set(self.ensemble_epochs)):
            raise misfit("ensemble_epochs", "must ascend without repeats, for example [225, 300]")
        return self

    def members(self, epochs: int) -> frozenset[int]:
        """The epochs of an ensemble of a run of `epochs`."""
        last = range(epochs - self.ensemble_last + 1, epochs + 1)
        return frozenset(self.ensemble_epochs or last)
