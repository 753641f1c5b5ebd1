"""A fork: another training of a run from the end of one of its epochs on. No torch.

    spec = forked(parent, epoch=8, changes={"method.alpha": 0.9}, start=Start())

What makes the network and its data must stay, or the parent's checkpoint would not fit, or a
number would not mean what it meant in the epochs before (FIXED). The rest may change.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ols.errors import FieldError, ForkError, SpecError
from ols.spec.assignments import assign
from ols.spec.errors import misfit
from ols.spec.parts.base import Part
from ols.spec.parts.noise import DRAWN
from ols.spec.parts.optimisation import check_schedule
from ols.spec.run_spec import LARGEST_SEED, RunSpec

# Path -> why it stays. The form shows the same words beside the field.
FIXED: Final[Mapping[str, str]] = {
    "model": "the checkpoint holds the weights of this network; for another one submit a new run",
    "dataset": "the network was built for these images and classes; for others submit a new run",
    "eval_on": "the epochs before the fork were measured on this split",
    "holdout": "another share would hold out images that the network was trained on",
    "noise.holdout": "the epochs before the fork were measured on the holdout's labels as they are",
    "seed": "it drew the noise and the holdout; for other random numbers from here on set "
    "start.seed",
    "preset": "a preset fills a new run; set the fields that are to change",
    "version": "it is the version of the spec's own format",
}

Kept = Literal["kept", "anew"]


class Start(Part):
    """What a fork takes over beside the weights."""

    rng: Kept = Field(
        "kept",
        title="Random numbers",
        description="Of dropout and the like. kept: as the parent's would have continued.",
    )
    order: Kept = Field(
        "kept",
        title="Order of samples",
        description="Shuffling and augmentation. kept: as the parent's would have continued.",
    )
    seed: int = Field(
        0,
        ge=0,
        le=LARGEST_SEED,
        title="Seed of what follows",
        description="Of what begins anew; given alone, order and random numbers do.",
    )
    momentum: Kept = Field(
        "kept",
        title="Momentum",
        description="The optimiser's running averages. Another optimiser begins anew.",
    )
    schedule: Literal["whole", "rest"] = Field(
        "whole",
        title="Schedule",
        description="whole: it continues as the parent's would have. rest: it begins at the fork, "
        "over the epochs that are left.",
    )

    @model_validator(mode="before")
    @classmethod
    def _a_seed_begins_anew(cls, data: Any) -> Any:
        given = set(data) if isinstance(data, Mapping) else set()
        if "seed" in given and not given & {"rng", "order"}:
            return {**data, "rng": "anew", "order": "anew"}
        return data

    @model_validator(mode="after")
    def _the_seed_is_used(self) -> Self:
        if self.seed and self.rng == self.order == "kept":
            raise misfit("seed", "nothing begins anew; set order or rng to anew, or leave it out")
        return self


KEPT: Final = Start()


def fixed(path: str) -> str | None:
    """Why a field of the spec can't change in a fork; None: it may."""
    return next((why for stays, why in FIXED.items() if f"{path}.".startswith(f"{stays}.")), None)


def forked(
    parent: RunSpec, epoch: int, changes: Mapping[str, Any], schedule_from: int = 0
) -> RunSpec:
    """The spec of a fork after `epoch`: the parent's with these changes, `dotted.path` -> value.

    `schedule_from`: the epoch after which its schedule begins, 0 unless it or its parent is a fork
    with a schedule over the rest.
    Raises ForkError, whose paths begin with `set.`, `start.` or are `epoch`.
    """
    data = parent.model_dump(mode="json")
    # A part's name first: it clears the fields of the part before it.
    for path in sorted(changes, key=lambda path: "." in path and not path.endswith(".name")):
        if path == "labels.set":  # the version and the hash are those of the parent's
            data["labels"] = {}
        if path == "noise.kind" and isinstance(data["noise"], dict):  # another has other fields
            kept = ("rate", "holdout") if changes[path] in DRAWN else ("holdout",)
            data["noise"] = {name: value for name, value in data["noise"].items() if name in kept}
        assign(data, path, changes[path])
    try:
        spec = RunSpec.parse(data)
    except SpecError as error:
        faults = [FieldError(f"set.{field.path}", field.message) for field in error.fields]
        raise ForkError(faults) from None
    check_fork(parent, spec, epoch, schedule_from)
    return spec


def check_fork(parent: RunSpec, spec: RunSpec, epoch: int, schedule_from: int = 0) -> None:
    """Raises ForkError where `spec` can't continue `parent` after `epoch`."""
    before, after = parent.model_dump(mode="json"), spec.model_dump(mode="json")
    faults = [
        FieldError(f"set.{path}", f"a fork can't change it: {why}")
        for path, why in FIXED.items()
        if _at(before, path) != _at(after, path)
    ]
    if not 1 <= epoch <= parent.epochs:
        faults.append(FieldError("epoch", f"must be from 1 to {parent.epochs}, the parent's last"))
    elif spec.epochs <= epoch:
        more = f"a fork after epoch {epoch} needs one more: set {epoch + 1} or above"
        faults.append(FieldError("set.epochs", more))
    elif schedule_from:
        faults += _schedule_of_the_rest(spec, spec.epochs - schedule_from)
    done = range(1, epoch + 1)
    gathered = parent.final.members(parent.epochs).intersection(done)
    if gathered != spec.final.members(spec.epochs).intersection(done):
        path = "ensemble_last" if spec.final.ensemble_last else "ensemble_epochs"
        message = f"of the epochs up to {epoch} an ensemble has those that the parent gathered"
        faults.append(FieldError(f"set.final.{path}", message))
    if faults:
        raise ForkError(faults)


def _schedule_of_the_rest(spec: RunSpec, left: int) -> list[FieldError]:
    try:
        check_schedule(spec.schedule, left)
    except PydanticCustomError as error:
        context = error.context or {}
        said = f"begins at the fork and has {left} epochs: {context['message']}"
        return [FieldError(f"set.{context['path']}", said)]
    return []


def _at(data: Any, path: str) -> Any:
    for step in path.split("."):
        data = data[step]
    return data
