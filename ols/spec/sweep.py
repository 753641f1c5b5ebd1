"""A sweep: one partial spec, and fields that take several values each.

    sweep = Sweep.parse({
        "spec": {"dataset": "glyphs", "noise": {"kind": "symmetric"}},
        "grid": {"method": ["hard", "ols"], "noise.rate": [0, 0.2, 0.4], "seed": [0, 1, 2]},
    })
    plan = expand(sweep)
    len(plan.specs)    # 18

A field that belongs to some of the chosen parts only (`method.alpha` beside hard labels) varies
where it exists and is left out elsewhere, so no two runs are the same. A sweep is a search where
its runs are chosen one after the other, by what earlier ones came to (`tpe`), or are given up early
(`asha`), or end with a budget: ols.search proposes them. Nothing here imports torch.
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
from ols.spec.parts.noise import FROM_FILE
from ols.spec.run_spec import LARGEST_SEED, RunSpec
from ols.spec.search import MOST_RUNS, Budget, Halving, Objective

MOST_FIELDS = 20  # that vary
EXAMPLES = 50  # settings of a search that a preview shows
MOST_CHECKED = 2_000  # settings of a search that are validated before it begins
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
        min_length=1,
        max_length=MOST_FIELDS,
        description="Path of a field -> its values, or a range.",
    )
    search: Literal["grid", "random", "tpe"] = Field(
        "grid",
        description="grid: every combination. random: `samples` random combinations. tpe: each "
        "setting where earlier ones did well (tree-structured Parzen estimator, Bergstra et al. "
        "2011).",
    )
    pruner: Literal["none", "asha"] = Field(
        "none", description="asha: runs that do badly early on are paused (Li et al. 2020)."
    )
    objective: Objective | None = Field(
        None, description="Of a search with tpe or asha; empty: the last epoch's val_top1."
    )
    budget: Budget | None = Field(None, description="Where a search ends.")
    halving: Halving | None = Field(None, description="For asha.")
    samples: int | None = Field(None, ge=1, le=MOST_RUNS, description="For random search.")
    seed: int = Field(0, ge=0, le=LARGEST_SEED, description="Seed of the search.")

    @property
    def adaptive(self) -> bool:
        """Whether it is a search, whose runs are not all known before it begins."""
        return self.search == "tpe" or self.pruner != "none" or self.budget is not None

    @property
    def goal(self) -> Objective:
        """What a search makes as good as it can."""
        return self.objective or Objective()

    @property
    def late(self) -> bool:
        """Whether asha compares late: with wrong labels in any of its runs.

        What resists wrong labels learns slowly: early epochs rank settings the wrong way round
        (docs/results/searches).
        """
        if any(path.split(".")[0] == "noise" for path in self.grid):
            return True
        noise = setting(self, next(_corners(self))).noise
        return noise.kind in FROM_FILE or (noise.kind != "none" and noise.rate > 0)

    def rungs(self, epochs: int) -> list[int]:
        """The epochs at which its runs of that many are compared; without asha none."""
        if self.pruner != "asha":
            return []
        return (self.halving or Halving()).rungs(epochs, self.late)

    @model_validator(mode="after")
    def _fits_search(self) -> Self:
        for path, values in self.grid.items():
            if isinstance(values, Range) and self.search == "grid":
                raise misfit(
                    f"grid.{path}", "a range needs search: random or tpe; or list the values"
                )
        count = math.prod(len(values) for values in self.grid.values() if isinstance(values, list))
        if self.search == "grid" and count > MOST_RUNS:
            raise misfit("grid", f"{count:,} combinations; at most {MOST_RUNS:,} are allowed")
        if self.adaptive:
            self._fits_adaptive()
            return self
        if self.search == "random" and self.samples is None:
            raise misfit("samples", "random search needs the number of combinations, or a budget")
        if self.objective is not None:
            raise misfit("objective", "has a meaning with search: tpe, pruner: asha or a budget")
        return self

    def _fits_adaptive(self) -> None:
        if self.samples is not None:
            raise misfit("samples", "a search ends with its budget; leave this out")
        if self.search != "grid" and self.budget is None:
            raise misfit("budget", 'say where the search ends: {"runs": 60} or {"hours": 2}')
        if self.budget and self.budget.runs and self.budget.runs < self.goal.seeds:
            raise misfit("budget.runs", f"less than one setting's {self.goal.seeds} seeds")
        if self.halving is not None and self.pruner != "asha":
            raise misfit("halving", "belongs to pruner: asha")
        for path in self.grid:
            if path == "seed":
                raise misfit("grid.seed", "a search averages over objective.seeds; leave this out")
            if path.split(".")[0] in ("dataset", "eval_on", "holdout"):
                raise misfit(f"grid.{path}", "numbers on other images can't be compared; fix it")
            if path == "epochs" and self.pruner == "asha":
                raise misfit("grid.epochs", "asha compares runs of equal length; fix the epochs")

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
        spec = setting(sweep, combination)
        specs.setdefault(spec.model_dump_json(), spec)
    return ExpandedSweep(tuple(specs.values()), total - len(specs))


def check_search(sweep: Sweep) -> list[RunSpec]:
    """Settings of a search that hold every value of a list and both ends of every range.

    Raises SweepError where one of them is no valid run, where they can't be compared, or where the
    objective is not measured.
    """
    specs = [setting(sweep, each) for each in itertools.islice(_corners(sweep), MOST_CHECKED)]
    lengths = sorted({spec.epochs for spec in specs})
    if sweep.pruner == "asha" and len(lengths) > 1:
        text = f"runs would take {lengths[0]} to {lengths[-1]} epochs; asha needs one number"
        raise SweepError([FieldError("spec.epochs", text)])
    if sweep.goal.at == "holdout" and any(spec.eval_on != "holdout" for spec in specs):
        text = "its runs validate on the test set; set spec.eval_on to holdout, or search by last"
        raise SweepError([FieldError("objective.at", text)])
    return specs


def example_settings(sweep: Sweep, count: int = EXAMPLES) -> ExpandedSweep:
    """Settings as a search may try them, drawn at random; in a grid its first ones."""
    if sweep.search == "grid":
        drawn = [setting(sweep, each) for each in itertools.islice(_combinations(sweep), count)]
        return ExpandedSweep(tuple(drawn), 0)
    return expand(sweep.model_copy(update={"search": "random", "samples": count}))


def distinct_settings(sweep: Sweep) -> int:
    """How many a grid has."""
    return len(expand(sweep).specs)


def grid_combinations(sweep: Sweep) -> Iterator[dict[str, Any]]:
    """Path -> value of every combination of lists, the last field varying fastest."""
    listed = [values for values in sweep.grid.values() if isinstance(values, list)]
    for values in itertools.product(*listed):
        yield dict(zip(sweep.grid, values, strict=True))


def _corners(sweep: Sweep) -> Iterator[dict[str, Any]]:
    """Every choice of parts with every value of each other field, one at a time."""
    values = {path: _probes(given) for path, given in sweep.grid.items()}
    names = {path: given for path, given in values.items() if names_a_part(path)}
    for choice in itertools.product(*names.values()):
        first = {path: given[0] for path, given in values.items()}
        first |= dict(zip(names, choice, strict=True))
        yield first
        for path in values.keys() - names.keys():
            yield from ({**first, path: value} for value in values[path][1:])


def _probes(values: list[Any] | Range) -> list[Any]:
    if isinstance(values, list):
        return values
    ends = [values.low, values.high, values.draw(random.Random(0))]
    return [int(end) for end in ends] if values.whole else ends


def names_a_part(path: str) -> bool:
    """Whether a path chooses a part (`method`), on which other fields (`method.alpha`) depend; all
    paths of one word do no harm."""
    return "." not in path or path.endswith(".name")


def _combinations(sweep: Sweep) -> Iterator[dict[str, Any]]:
    if sweep.search == "grid":
        yield from grid_combinations(sweep)
        return
    rng = random.Random(sweep.seed)
    for _ in range(sweep.samples or 0):
        yield {
            path: values.draw(rng) if isinstance(values, Range) else rng.choice(values)
            for path, values in sweep.grid.items()
        }


def setting(sweep: Sweep, combination: Mapping[str, Any]) -> RunSpec:
    """The run of one combination (path -> value), without the fields that it can't have. Raises
    SweepError."""
    data = copy.deepcopy(sweep.spec)
    names = {path: value for path, value in combination.items() if names_a_part(path)}
    for path, value in names.items():
        assign(data, path, value)
    try:
        for path, value in combination.items():
            if path not in names and applies(data, path):
                assign(data, path, value)
        return RunSpec.parse(data)
    except SpecError as error:
        raise SweepError([_located(field, combination) for field in error.fields]) from None


def applies(data: Mapping[str, Any], path: str) -> bool:
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
