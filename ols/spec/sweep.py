"""A sweep: one partial spec, and fields that take several values each.

    sweep = Sweep.parse({
        "spec": {"dataset": "glyphs", "noise": {"kind": "symmetric"}},
        "grid": {"method": ["hard", "ols"], "noise.rate": [0, 0.2, 0.4], "seed": [0, 1, 2]},
    })
    plan = expand(sweep)
    len(plan.specs)    # 18

A field that belongs to some of the chosen parts only (`method.alpha` beside hard labels) varies
where it exists and is left out elsewhere, so no two runs are the same. Nothing here imports torch.
"""

from __future__ import annotations

import copy
import itertools
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationError,
    model_validator,
)

from ols.errors import FieldError, SpecError, SweepError
from ols.spec.assignments import assign
from ols.spec.errors import field_errors, misfit
from ols.spec.fields import fields_by_path
from ols.spec.parts.base import Part
from ols.spec.run_spec import RunSpec

MOST_RUNS = 5_000
MOST_VALUES = 1_000  # of one field

Path = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$", max_length=100)]


class Range(Part):
    """Numbers between two, for random search."""

    low: float
    high: float
    log: bool = Field(False, description="Spread evenly over orders of magnitude.")
    whole: bool = Field(False, description="Whole numbers only.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low < self.high:
            raise misfit("high", f"must be above low ({self.low:g})")
        if self.log and self.low <= 0:
            raise misfit("low", "must be above 0 on a logarithmic range")
        return self

    def draw(self, rng: random.Random) -> float | int:
        """One value, rounded to four digits, so that it can be read and typed."""
        if self.log:
            value = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        else:
            value = rng.uniform(self.low, self.high)
        return round(value) if self.whole else float(f"{value:.4g}")


def _kind(value: Any) -> str:
    return "(range)" if isinstance(value, Mapping | Range) else "(values)"


Values = Annotated[list[Any], Field(min_length=1, max_length=MOST_VALUES)]
# The tags in brackets are left out of an error's path (ols.spec.errors).
Choices = Annotated[
    Annotated[Values, Tag("(values)")] | Annotated[Range, Tag("(range)")], Discriminator(_kind)
]


class Sweep(Part):
    """What is common to all runs, and what varies."""

    spec: dict[str, Any] = Field(default_factory=dict, description="A partial RunSpec.")
    grid: dict[Path, Choices] = Field(
        min_length=1, max_length=20, description="Path of a field -> its values, or a range."
    )
    search: Literal["grid", "random"] = Field(
        "grid", description="grid: every combination. random: `samples` random combinations."
    )
    samples: int | None = Field(None, ge=1, le=MOST_RUNS, description="For random search.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Seed of the random search.")

    @model_validator(mode="after")
    def _fits_search(self) -> Self:
        if self.search == "random" and self.samples is None:
            raise misfit("samples", "random search needs the number of combinations")
        for path, values in self.grid.items():
            if isinstance(values, Range) and self.search == "grid":
                raise misfit(f"grid.{path}", "a range needs search: random; or list the values")
        count = math.prod(len(values) for values in self.grid.values() if isinstance(values, list))
        if self.search == "grid" and count > MOST_RUNS:
            raise misfit("grid", f"{count:,} combinations; at most {MOST_RUNS:,} are allowed")
        return self

    @classmethod
    def parse(cls, data: Any) -> Self:
        """Validates `data`; raises SweepError naming every field that is wrong."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise SweepError(field_errors(error)) from None


@dataclass(frozen=True)
class ExpandedSweep:
    """The runs of a sweep, each once, in the order of the grid (its last field varies fastest)."""

    specs: tuple[RunSpec, ...]
    repeated: int  # combinations that came to the same run as another one


def expand(sweep: Sweep) -> ExpandedSweep:
    """Every run of the sweep; raises SweepError with paths `grid.noise.rate` or `spec.epochs`."""
    specs: dict[str, RunSpec] = {}  # by their JSON
    total = 0
    for combination in _combinations(sweep):
        total += 1
        spec = _spec(sweep, combination)
        specs.setdefault(spec.model_dump_json(), spec)
    return ExpandedSweep(tuple(specs.values()), total - len(specs))


def _combinations(sweep: Sweep) -> Iterator[dict[str, Any]]:
    if sweep.search == "grid":
        listed = [values for values in sweep.grid.values() if isinstance(values, list)]
        for values in itertools.product(*listed):
            yield dict(zip(sweep.grid, values, strict=True))
        return
    rng = random.Random(sweep.seed)
    for _ in range(sweep.samples or 0):
        yield {
            path: values.draw(rng) if isinstance(values, Range) else rng.choice(values)
            for path, values in sweep.grid.items()
        }


def _spec(sweep: Sweep, combination: Mapping[str, Any]) -> RunSpec:
    data = copy.deepcopy(sweep.spec)
    names = {p: v for p, v in combination.items() if "." not in p or p.endswith(".name")}
    for path, value in names.items():
        assign(data, path, value)
    try:
        for path, value in combination.items():
            if path not in names and _exists(data, path):
                assign(data, path, value)
        return RunSpec.parse(data)
    except SpecError as error:
        raise SweepError([_located(field, combination) for field in error.fields]) from None


def _exists(data: Mapping[str, Any], path: str) -> bool:
    """False for a field that only other choices have; what no choice has is left to RunSpec."""
    field = fields_by_path().get(path)
    return field is None or not field.parts or _choice(data, path.split(".")[0]) in field.parts


def _choice(data: Mapping[str, Any], part: str) -> str:
    """The name of the part that `data` chooses, or else the recipe of its dataset."""
    value = data.get(part)
    name = value.get("name") if isinstance(value, Mapping) else value
    if isinstance(name, str):
        return name
    basis = {key: data[key] for key in ("preset", "method", "dataset") if key in data}
    return str(getattr(RunSpec.parse({"method": "hard", **basis}), part).name)


def _located(field: FieldError, combination: Mapping[str, Any]) -> FieldError:
    """The error at the grid's field that brought it, else at the common spec's."""
    for path in sorted(combination, key=len, reverse=True):
        if f"{field.path}.".startswith(f"{path}.") or f"{path}.".startswith(f"{field.path}."):
            return FieldError(f"grid.{path}", f"{combination[path]!r}: {field.message}")
    return FieldError(f"spec.{field.path}", field.message)
