"""RunSpec: the one description of a run, from the form to the checkpoint.

It validates itself, refuses unknown keys, and fills what is not given from the dataset's recipe
(ols.presets), so a dumped spec is complete. Its JSON schema drives the form, the API's
documentation and the command line. Nothing here imports torch.

    spec = RunSpec.parse({"method": "ols", "dataset": "digits", "epochs": 5})
    spec.model_dump(mode="json")
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from ols.errors import FieldError, SpecError
from ols.presets import RECIPES

SPEC_VERSION: Final = 1


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


# -- methods ------------------------------------------------------------------------------------


class HardLabels(_Part):
    """Cross-entropy against the given labels: the baseline."""

    name: Literal["hard"] = "hard"


class LabelSmoothing(_Part):
    """Mixes every hard label with the uniform distribution (Szegedy et al., CVPR 2016)."""

    name: Literal["label_smoothing"] = "label_smoothing"
    epsilon: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Smoothing ε",
        description="Weight of the uniform distribution, ε. Usually 0.1.",
    )


class OnlineLabelSmoothing(_Part):
    """Soft labels learned while training (Zhang et al., IEEE TIP 2021)."""

    name: Literal["ols"] = "ols"
    alpha: float = Field(
        0.5,
        ge=0,
        le=1,
        title="Balance α",
        description="Weight of the hard label, α; the soft label gets 1 − α. "
        "The paper reports 0.5 as best; 1 is plain cross-entropy.",
    )
    initial: Literal["uniform", "zeros", "label_smoothing", "identity"] = Field(
        "uniform",
        title="Initial soft labels S⁰",
        description="What supervises the first epoch. The paper uses the uniform distribution.",
        json_schema_extra={"advanced": True},
    )
    empty_class: Literal["uniform", "keep", "zero"] = Field(
        "uniform",
        title="Class without a hit",
        description="Soft label of a class of which no sample was predicted correctly in an "
        "epoch: uniform, the one before (keep), or none (zero: hard loss only).",
        json_schema_extra={"advanced": True},
    )
    counted: Literal["correct", "all"] = Field(
        "correct",
        title="Counted samples",
        description="Average the softmax over the correctly classified samples (the paper) "
        "or over all of them.",
        json_schema_extra={"advanced": True},
    )
    period: int = Field(
        1,
        ge=1,
        le=10_000,
        title="Update period",
        description="Epochs between two updates of the soft labels. The paper uses 1.",
        json_schema_extra={"advanced": True},
    )
    temperature: float = Field(
        1.0,
        gt=0,
        le=100,
        title="Temperature",
        description="The softmax that is averaged is taken at this temperature. "
        "1 is the paper's; above 1 flattens the soft labels.",
        json_schema_extra={"advanced": True},
    )
    freeze_at: float | None = Field(
        None,
        gt=0,
        le=1,
        title="Freeze at",
        description="Stop updating a class once the largest entry of its row reaches this "
        "(the authors' fine-grained code uses 0.88). Empty: never.",
        json_schema_extra={"advanced": True},
    )


# -- data ---------------------------------------------------------------------------------------


class Digits(_Part):
    """1,797 real 8 x 8 grey images of handwritten digits, K = 10 (scikit-learn)."""

    name: Literal["digits"] = "digits"


class Glyphs(_Part):
    """Rendered letters and digits, 28 x 28 grey, K = 62, any number of them."""

    name: Literal["glyphs"] = "glyphs"
    train_per_class: int = Field(
        150,
        ge=2,
        le=5000,
        title="Training images per class",
        description="How many are rendered per class for training. Usually 100 to 500.",
    )
    test_per_class: int = Field(
        50,
        ge=1,
        le=1000,
        title="Test images per class",
        description="How many are rendered per class for the test set.",
        json_schema_extra={"advanced": True},
    )
    render_seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Rendering seed",
        description="Another seed draws other images; keep it to compare runs.",
        json_schema_extra={"advanced": True},
    )


class FashionMNIST(_Part):
    """70,000 real 28 x 28 grey images of clothes, K = 10 (Zalando)."""

    name: Literal["fashion_mnist"] = "fashion_mnist"


class Noise(_Part):
    """Wrong training labels, drawn once from the seed; validation and test stay clean."""

    kind: Literal["none", "symmetric", "pair_flip"] = Field(
        "none",
        title="Kind of noise",
        description="symmetric: a wrong label is any other class; pair_flip: it is the next class.",
    )
    rate: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Noise rate",
        description="Share of the training labels that are wrong. The paper uses 0 to 0.8.",
    )

    @model_validator(mode="after")
    def _rate_fits_kind(self) -> Self:
        if self.kind == "none" and self.rate > 0:
            raise _misfit("kind", "a rate above 0 needs kind 'symmetric' or 'pair_flip'")
        return self


class Augment(_Part):
    """Random changes to training images, drawn anew every epoch."""

    shift: int = Field(
        0,
        ge=0,
        le=16,
        title="Shift",
        description="Random translation by up to this many pixels on each axis (zero padding). "
        "0 lets a network memorise sooner; 2 to 4 is usual.",
    )
    flip: bool = Field(
        False,
        title="Mirror",
        description="Mirror half of the images left to right. Not for letters and digits.",
    )


# -- model --------------------------------------------------------------------------------------


class SmallCNN(_Part):
    """Five convolutions with batch norm, global average pooling; made for 8 to 32 pixels."""

    name: Literal["small_cnn"] = "small_cnn"
    width: int = Field(
        24,
        ge=4,
        le=256,
        title="Width",
        description="Channels of the first stage; the later ones have 2 and 4 times as many.",
        json_schema_extra={"advanced": True},
    )


class CifarResNet18(_Part):
    """ResNet-18 with a 3 x 3 stem and no max-pooling, as used on CIFAR. Wants a GPU."""

    name: Literal["cifar_resnet18"] = "cifar_resnet18"


# -- optimisation -------------------------------------------------------------------------------


class SGD(_Part):
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

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise _misfit("nesterov", "needs a momentum above 0; switch it off or raise momentum")
        return self


class AdamW(_Part):
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


class Cosine(_Part):
    """Half a cosine from the peak learning rate to `min_lr`, step by step."""

    name: Literal["cosine"] = "cosine"
    warmup_epochs: int = Field(
        0,
        ge=0,
        le=10_000,
        title="Warm-up epochs",
        description="Linear rise from 0 over this many epochs.",
        json_schema_extra={"advanced": True},
    )
    min_lr: float = Field(
        0.0,
        ge=0,
        le=100,
        title="Final learning rate",
        description="Where the cosine ends. Usually 0.",
        json_schema_extra={"advanced": True},
    )


class Steps(_Part):
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

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if list(self.milestones) != sorted(set(self.milestones)):
            raise _misfit("milestones", "must ascend without repeats, for example [150, 225]")
        return self


class Constant(_Part):
    """The same learning rate throughout."""

    name: Literal["constant"] = "constant"


# -- the run ------------------------------------------------------------------------------------


def _named(value: Any) -> Any:
    """A bare string stands for {"name": string}."""
    return {"name": value} if isinstance(value, str) else value


_Method = Annotated[HardLabels | LabelSmoothing | OnlineLabelSmoothing, Field(discriminator="name")]
_Dataset = Annotated[Digits | Glyphs | FashionMNIST, Field(discriminator="name")]
_Model = Annotated[SmallCNN | CifarResNet18, Field(discriminator="name")]
_Optimizer = Annotated[SGD | AdamW, Field(discriminator="name")]
_Schedule = Annotated[Cosine | Steps | Constant, Field(discriminator="name")]

MethodName = Literal["hard", "label_smoothing", "ols"]
DatasetName = Literal["digits", "glyphs", "fashion_mnist"]
ModelName = Literal["small_cnn", "cifar_resnet18"]
OptimizerName = Literal["sgd", "adamw"]
ScheduleName = Literal["cosine", "step", "constant"]

_TAGGED: dict[int | str, tuple[str, ...]] = {
    "method": get_args(MethodName),
    "dataset": get_args(DatasetName),
    "model": get_args(ModelName),
    "optimizer": get_args(OptimizerName),
    "schedule": get_args(ScheduleName),
}

# The published schema must accept the shorthand too, hence json_schema_input_type.
Method = Annotated[_Method, BeforeValidator(_named, json_schema_input_type=_Method | MethodName)]
Dataset = Annotated[
    _Dataset, BeforeValidator(_named, json_schema_input_type=_Dataset | DatasetName)
]
Model = Annotated[_Model, BeforeValidator(_named, json_schema_input_type=_Model | ModelName)]
Optimizer = Annotated[
    _Optimizer, BeforeValidator(_named, json_schema_input_type=_Optimizer | OptimizerName)
]
Schedule = Annotated[
    _Schedule, BeforeValidator(_named, json_schema_input_type=_Schedule | ScheduleName)
]


class RunSpec(_Part):
    """Everything that decides what a run computes. Only `method` is required."""

    version: Literal[1] = Field(SPEC_VERSION, json_schema_extra={"hidden": True})
    method: Method = Field(title="Method", description="How targets are made from labels.")
    dataset: Dataset = Field(
        default=Digits(), title="Dataset", description="Images and their labels."
    )
    noise: Noise = Field(default=Noise(), title="Label noise")
    model: Model = Field(default=SmallCNN(), title="Model", description="The network.")
    epochs: int = Field(
        30,
        ge=1,
        le=10_000,
        title="Epochs",
        description="Passes over the training set. Methods part once a network can memorise.",
    )
    batch_size: int = Field(
        128, ge=1, le=65_536, title="Batch size", description="Images per step. Usually 64 to 256."
    )
    optimizer: Optimizer = Field(default=SGD(), title="Optimiser")
    schedule: Schedule = Field(default=Cosine(), title="Learning-rate schedule")
    augment: Augment = Field(default=Augment(), title="Augmentation")
    eval_on: Literal["test", "holdout"] = Field(
        "test",
        title="Validate on",
        description="test: the official test set, as in the paper. holdout: a share of the "
        "training set; the test set is then measured once, at the end.",
    )
    holdout: float = Field(
        0.1,
        gt=0,
        lt=1,
        title="Holdout share",
        description="Share of the training set that is held out when validating on holdout.",
        json_schema_extra={"advanced": True},
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto",
        title="Precision",
        description="auto: bf16 mixed precision on a GPU that has it, fp32 on a CPU.",
        json_schema_extra={"advanced": True},
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Decides weights, noise, holdout and the order of samples.",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_from_recipe(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        dataset = _named(data.get("dataset", "digits"))
        name = dataset.get("name") if isinstance(dataset, Mapping) else None
        recipe = RECIPES.get(name, {}) if isinstance(name, str) else {}
        filled = dict(data)
        for key, value in recipe.items():
            filled[key] = _merge(value, data[key]) if key in data else value
        return filled

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if self.augment.flip and self.dataset.name in ("digits", "glyphs"):
            raise _misfit(
                "augment.flip",
                f"not for {self.dataset.name}: a mirrored character is another character or "
                "none; switch it off",
            )
        if isinstance(self.schedule, Steps) and any(
            milestone >= self.epochs for milestone in self.schedule.milestones
        ):
            raise _misfit("schedule.milestones", f"must lie before the last epoch ({self.epochs})")
        if isinstance(self.schedule, Cosine) and self.schedule.warmup_epochs >= self.epochs:
            raise _misfit("schedule.warmup_epochs", f"must be below epochs ({self.epochs})")
        return self

    @classmethod
    def parse(cls, data: Any) -> Self:
        """Validates `data`; raises SpecError naming every field that is wrong."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise SpecError(field_errors(error, data)) from None


def _merge(recipe: Any, given: Any) -> Any:
    """What is given wins; a part of the same name keeps the recipe's other fields."""
    given = _named(given) if isinstance(recipe, Mapping) and "name" in recipe else given
    if not isinstance(recipe, Mapping) or not isinstance(given, Mapping):
        return given
    if given.get("name", recipe.get("name")) != recipe.get("name"):
        return given
    return {**recipe, **given}


def field_errors(error: ValidationError, data: Any) -> list[FieldError]:
    """Pydantic's errors with the request's own paths: `method.alpha`, not `method.ols.alpha`."""
    return [
        FieldError(_path(item, data), _message(item))
        for item in error.errors(include_url=False, include_input=False)
    ]


def _misfit(path: str, message: str) -> PydanticCustomError:
    """An error that names a field below the validator that found it."""
    return PydanticCustomError("misfit", "{message}", {"path": path, "message": message})


def _path(item: ErrorDetails, data: Any) -> str:
    steps = list(item["loc"])
    # The tag of a discriminated union stands in the location, but not in the request.
    if len(steps) > 1 and steps[0] in _TAGGED:
        part = data.get(steps[0]) if isinstance(data, Mapping) else None
        if steps[1] in _TAGGED[steps[0]] and not (isinstance(part, Mapping) and steps[1] in part):
            del steps[1]
    if item["type"] == "misfit":
        steps.append(item["ctx"]["path"])
    return ".".join(map(str, steps))


def _message(item: ErrorDetails) -> str:
    if item["type"] == "extra_forbidden":
        return "unknown field; remove it or check its spelling"
    if item["type"] == "union_tag_invalid":
        return f"unknown name {item['ctx']['tag']!r}; choose one of {item['ctx']['expected_tags']}"
    if item["type"] == "union_tag_not_found":
        return 'give its name, as a string or as {"name": ...}'
    text = item["msg"].removeprefix("Value error, ")
    return text[:1].lower() + text[1:]
