"""Optimisers and learning-rate schedules."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ols.spec.errors import misfit
from ols.spec.parts.base import Part

CLIP_NORM = Field(
    0.0,
    ge=0,
    le=1e6,
    title="Gradient clipping",
    description="Largest L2 norm of all gradients together; longer ones are scaled down to it "
    "(Pascanu et al., ICML 2013). 0: none. The authors of NCE use 5.",
    json_schema_extra={"advanced": True},
)
DECAY_NORMS = Field(
    True,
    title="Decay biases and norms",
    description="Weight decay on biases and on the weights of normalisation layers too, as in the "
    "paper's code. Off: on weights of two and more axes only, as in timm (He et al., CVPR 2019).",
    json_schema_extra={"advanced": True},
)
WARMUP_EPOCHS = Field(
    0,
    ge=0,
    le=10_000,
    title="Warm-up epochs",
    description="Linear rise from 0 over this many epochs.",
    json_schema_extra={"advanced": True},
)
MIN_LR = Field(
    0.0,
    ge=0,
    le=100,
    title="Final learning rate",
    description="Where the cosine ends. Usually 0.",
    json_schema_extra={"advanced": True},
)


class SGD(Part):
    """Stochastic gradient descent with momentum."""

    name: Literal["sgd"] = "sgd"
    lr: float = Field(
        0.1, gt=0, le=100, title="Learning rate", description="Peak learning rate. Usually 0.1."
    )
    momentum: float = Field(
        0.9,
        ge=0,
        lt=1,
        title="Momentum",
        description="Usually 0.9.",
        json_schema_extra={"advanced": True},
    )
    nesterov: bool = Field(
        True,
        title="Nesterov",
        description="Nesterov's momentum, as in the paper's CIFAR recipe. Needs momentum above 0.",
        json_schema_extra={"advanced": True},
    )
    weight_decay: float = Field(
        5e-4,
        ge=0,
        le=10,
        title="Weight decay",
        description="Usually 5e-4 on small images, 1e-4 on ImageNet.",
        json_schema_extra={"advanced": True},
    )
    decay_norms: bool = DECAY_NORMS
    clip_norm: float = CLIP_NORM

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise misfit("nesterov", "needs a momentum above 0; switch it off or raise momentum")
        return self


class AdamW(Part):
    """Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019)."""

    name: Literal["adamw"] = "adamw"
    lr: float = Field(
        1e-3, gt=0, le=100, title="Learning rate", description="Peak learning rate. Usually 1e-3."
    )
    weight_decay: float = Field(
        0.05,
        ge=0,
        le=10,
        title="Weight decay",
        description="Usually 0.01 to 0.1.",
        json_schema_extra={"advanced": True},
    )
    decay_norms: bool = DECAY_NORMS
    clip_norm: float = CLIP_NORM


class Cosine(Part):
    """Half a cosine from the peak learning rate to `min_lr`, step by step."""

    name: Literal["cosine"] = "cosine"
    warmup_epochs: int = WARMUP_EPOCHS
    min_lr: float = MIN_LR


class CosineRestarts(Part):
    """Half cosines one after another, each from the peak learning rate (SGDR, Loshchilov and
    Hutter, ICLR 2017)."""

    name: Literal["cosine_restarts"] = "cosine_restarts"
    first_epochs: int = Field(
        10,
        ge=1,
        le=10_000,
        title="First period",
        description="Epochs until the first restart. The authors of ELR use 10 on CIFAR-10.",
    )
    growth: int = Field(
        1,
        ge=1,
        le=100,
        title="Growth",
        description="Each period is this many times as long as the one before. SGDR uses 1 and 2.",
        json_schema_extra={"advanced": True},
    )
    warmup_epochs: int = WARMUP_EPOCHS
    min_lr: float = MIN_LR


class Steps(Part):
    """Multiplies the learning rate by `gamma` after each milestone."""

    name: Literal["step"] = "step"
    milestones: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (),
        title="Milestones",
        description="Epochs after which the rate drops, ascending. "
        "Empty: after 1/2 and 3/4 of the run (the paper: 150 and 225 of 300).",
    )
    gamma: float = Field(
        0.1, gt=0, lt=1, title="Factor γ", description="The rate is multiplied by γ. Usually 0.1."
    )
    warmup_epochs: int = WARMUP_EPOCHS

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if list(self.milestones) != sorted(set(self.milestones)):
            raise misfit("milestones", "must ascend without repeats, for example [150, 225]")
        return self


class Constant(Part):
    """The same learning rate throughout."""

    name: Literal["constant"] = "constant"
    warmup_epochs: int = WARMUP_EPOCHS


AnyOptimizer = Annotated[SGD | AdamW, Field(discriminator="name")]
AnySchedule = Annotated[Cosine | CosineRestarts | Steps | Constant, Field(discriminator="name")]


def check_schedule(schedule: Cosine | CosineRestarts | Steps | Constant, epochs: int) -> None:
    """Raises a misfit of the spec's field where the schedule does not fit into so many epochs."""
    if schedule.warmup_epochs >= epochs:
        raise misfit("schedule.warmup_epochs", f"must be below epochs ({epochs})")
    if isinstance(schedule, Steps) and schedule.milestones:
        if schedule.milestones[-1] >= epochs:
            raise misfit(
                "schedule.milestones",
                f"must lie before the last epoch ({epochs}); [] means after 1/2 and 3/4",
            )
        if schedule.milestones[0] < schedule.warmup_epochs:
            raise misfit(
                "schedule.warmup_epochs",
                f"must end before the first milestone ({schedule.milestones[0]})",
            )
    if isinstance(schedule, CosineRestarts):
        longest = epochs - schedule.warmup_epochs
        if schedule.first_epochs >= longest:
            raise misfit(
                "schedule.first_epochs",
                f"must be below the {longest} epochs that the cosines have, or there is no "
                "restart; choose the schedule cosine",
            )
