"""RunSpec: the one description of a run, from the form to the checkpoint.

It validates itself, refuses unknown keys, and fills what is not given from the dataset's recipe
(ols/spec/datasets), so a dumped spec is complete. Its JSON schema drives the form, the API's
documentation and the command line. Nothing here imports torch.

    spec = RunSpec.parse({"method": "ols", "dataset": "digits", "epochs": 5})
    spec.model_dump(mode="json")
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from ols.errors import SpecError
from ols.spec.author_settings import author_settings
from ols.spec.catalogue import AnyDataset, AnyMethod, AnyModel, needs_of, recipe_of
from ols.spec.datasets.digits import Digits
from ols.spec.datasets.photographs import Photographs
from ols.spec.errors import field_errors, misfit
from ols.spec.models.small_cnn import SmallCNN
from ols.spec.models.timm_networks import PREFIX
from ols.spec.parts.base import Part, as_named, or_name
from ols.spec.parts.final_measures import FinalMeasures
from ols.spec.parts.labels import Labels
from ols.spec.parts.noise import FROM_FILE, Noise
from ols.spec.parts.optimisation import SGD, AnyOptimizer, AnySchedule, Cosine, check_schedule
from ols.spec.parts.training_data import Augment
from ols.spec.presets import find_preset

SPEC_VERSION: Final = 1
LARGEST_SEED: Final = 2**31 - 1


Method = Annotated[AnyMethod, or_name(AnyMethod)]
Dataset = Annotated[AnyDataset, or_name(AnyDataset)]
Model = Annotated[AnyModel, or_name(AnyModel, prefix=PREFIX)]
Optimizer = Annotated[AnyOptimizer, or_name(AnyOptimizer)]
Schedule = Annotated[AnySchedule, or_name(AnySchedule)]


class RunSpec(Part):
    """Everything that determines what a run computes. Only `method` is required."""

    version: Literal[1] = Field(SPEC_VERSION, json_schema_extra={"hidden": True})
    preset: str = Field(
        "",
        max_length=100,
        title="Preset",
        description="The preset that the run came from; it supplies what the spec itself does not.",
        json_schema_extra={"hidden": True},
    )
    method: Method = Field(title="Method", description="How targets are made from labels.")
    dataset: Dataset = Field(
        default=Digits(), title="Dataset", description="Images and their labels."
    )
    noise: Noise = Field(default=Noise(), title="Label noise")
    labels: Labels = Field(default=Labels(), title="Decisions on labels")
    model: Model = Field(default=SmallCNN(), title="Model", description="The network.")
    epochs: int = Field(
        30,
        ge=1,
        le=10_000,
        title="Epochs",
        description=(
            "Passes over the training set. Methods differ once a network can memorise labels."
        ),
    )
    batch_size: int = Field(
        128, ge=1, le=65_536, title="Batch size", description="Images per step. Usually 64 to 256."
    )
    accumulate: int = Field(
        1,
        ge=1,
        le=10_000,
        title="Batches per update",
        description="Gradient accumulation: the weights move once for so many batches, by the mean "
        "gradient of all their images. Batch norm still sees one batch.",
        json_schema_extra={"advanced": True},
    )
    optimizer: Optimizer = Field(default=SGD(), title="Optimiser")
    schedule: Schedule = Field(default=Cosine(), title="Learning-rate schedule")
    ema: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="EMA of weights",
        description="Decay of an exponential moving average of the weights, measured in each epoch "
        "and kept in checkpoints beside the weights themselves (Polyak and Juditsky, 1992). "
        "Usually 0.999 to 0.9999; 0: none.",
        json_schema_extra={"advanced": True},
    )
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
    final: FinalMeasures = Field(default=FinalMeasures(), title="At the end")
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto",
        title="Precision",
        description="auto: bf16 mixed precision on a GPU that has it; on a CPU fp32, and in a lab "
        "bf16 where the worker has measured that the network gains at least a tenth by it.",
        json_schema_extra={"advanced": True},
    )
    devices: int = Field(
        1,
        ge=1,
        le=64,
        title="Devices",
        description="GPUs of one machine that train this run together, each on its share of every "
        "batch; on a worker without GPUs, processes. The batch size is the total over all of them.",
        json_schema_extra={"advanced": True},
    )
    keep_matrices: int = Field(
        1,
        ge=1,
        le=10_000,
        title="Keep matrices",
        description="Keep the matrices of every n-th epoch, and always those of the first and the "
        "last. 1: all. Curves and the soft labels' measures stay for every epoch.",
        json_schema_extra={"advanced": True},
    )
    keep_checkpoints: int = Field(
        0,
        ge=0,
        le=10_000,
        title="Keep checkpoints",
        description="Keep the checkpoint of every n-th epoch too: the run can be forked there at "
        "once, without training up to it again. 0: only the last two and the best epoch's.",
        json_schema_extra={"advanced": True},
    )
    seed: int = Field(
        0,
        ge=0,
        le=LARGEST_SEED,
        title="Seed",
        description="Determines weights, noise, holdout and the order of samples.",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_from_recipe(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        preset = find_preset(data.get("preset"))
        given = _over(preset.spec, data) if preset else data
        method_name = _name(given.get("method"))
        if isinstance(method_name, str):
            given = _over(needs_of(method_name), given)
        name = _name(given.get("dataset", "digits"))
        given = _over(recipe_of(name) if isinstance(name, str) else {}, given)
        method = as_named(given.get("method"))
        if not isinstance(method, Mapping):
            return given
        return {**given, "method": {**author_settings(method.get("name"), name), **method}}

    @field_validator("preset")
    @classmethod
    def _known_preset(cls, name: str) -> str:
        if name and find_preset(name) is None:
            raise ValueError(f"there is no preset {name!r}; leave it out, or see the catalogue")
        return name

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        self._noise_fits()
        if self.augment.flip and not self.dataset.mirrors:
            raise misfit(
                "augment.flip",
                f"not for {self.dataset.name}: a mirrored character is another character or "
                "none; switch it off",
            )
        if self.augment.shift and isinstance(self.dataset, Photographs):
            raise misfit("augment.shift", "its training images are random crops already; set 0")
        for name in ("color_jitter", "lighting"):
            if getattr(self.augment, name) and not isinstance(self.dataset, Photographs):
                raise misfit(f"augment.{name}", "for datasets of image files only; set 0")
        if self.augment.mix != "none" and (clash := self.method.clash_with_mixing()):
            raise misfit("augment.mix", f"{self.augment.mix} and {clash}")
        if self.augment.policy == "trivialaugment" and not self.dataset.mirrors:
            raise misfit(
                "augment.policy",
                f"trivialaugment is not for {self.dataset.name}: it turns images by up to 135 "
                "degrees, and a 6 becomes a 9; choose randaugment or none",
            )
        for path, value in self.method.needs.items():
            if getattr(self, path) != value:
                because = self.method.needs_because
                raise misfit(path, f"{self.method.name} needs {value} here: {because}")
        check_schedule(self.schedule, self.epochs)
        if self.final.ensemble_last > self.epochs:
            raise misfit("final.ensemble_last", f"must not exceed epochs ({self.epochs})")
        if any(epoch > self.epochs for epoch in self.final.ensemble_epochs):
            raise misfit("final.ensemble_epochs", f"the run ends at epoch {self.epochs}")
        if self.devices > self.batch_size:
            raise misfit("devices", f"must not exceed batch_size ({self.batch_size})")
        return self

    def _noise_fits(self) -> None:
        noise, dataset = self.noise, self.dataset
        if noise.kind == "asymmetric" and not (noise.map or dataset.mistaken_for):
            raise misfit(
                "noise.map",
                f"{dataset.name} has no usual map; name what each class becomes, for example "
                '{"cat": "dog", "dog": "cat"}',
            )
        if noise.kind == "human" and noise.labels not in dataset.human_labels:
            if not dataset.human_labels:
                raise misfit("noise.kind", "human labels are known of cifar10 and cifar100 only")
            raise misfit(
                "noise.labels", f"{dataset.name} has {' or '.join(dataset.human_labels)} only"
            )
        if noise.holdout and self.eval_on != "holdout":
            raise misfit("noise.holdout", "there is none; validate on holdout, or switch this off")

    @classmethod
    def parse(cls, data: Any) -> Self:
        """Validates `data`; raises SpecError naming every field that is wrong."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise SpecError(field_errors(error)) from None


def _name(part: Any) -> Any:
    """Of a part that may be given by its bare name."""
    part = as_named(part)
    return part.get("name") if isinstance(part, Mapping) else None


def _over(lower: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """`given`, and from `lower` what it does not say."""
    merged = {key: _merge(value, given[key]) for key, value in lower.items() if key in given}
    return {**lower, **given, **merged}


def _merge(recipe: Any, given: Any) -> Any:
    """What is given wins; a part of the same name keeps the recipe's other fields."""
    given = as_named(given) if isinstance(recipe, Mapping) and "name" in recipe else given
    if not isinstance(recipe, Mapping) or not isinstance(given, Mapping):
        return given
    if given.get("name", recipe.get("name")) != recipe.get("name"):
        return given
    if given.get("kind") in ("none", *FROM_FILE):  # which have no rate, whatever the recipe's
        return given
    return {**recipe, **given}
