"""Several runs side by side. Each list of values has one per run, in the order of `runs`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import GetPydanticSchema
from typing_extensions import TypedDict

from backend.schemas.quality import PooledReliability
from backend.schemas.runs import MetricSummary, RunDetail


class PlotlyFigure(TypedDict):
    """As plotly.js draws it; `groups` are the metrics that a page can switch between, `group` the
    one that is shown first."""

    data: list[dict[str, Any]]
    layout: dict[str, Any]
    groups: NotRequired[list[dict[str, Any]]]
    group: NotRequired[str]


# The code that draws builds figures as plain dictionaries.
Figure = Annotated[dict[str, Any], GetPydanticSchema(lambda _, handler: handler(PlotlyFigure))]


class Difference(TypedDict):
    """A field of the specs in which they differ, such as `method.name`; null: a spec lacks it."""

    path: str
    values: list[Any]


class ComparedSummary(TypedDict):
    """A run's metrics in its last and its best epoch."""

    run_id: int
    name: str
    metrics: dict[str, MetricSummary]


class Comparison(TypedDict):
    """`series[name][i]` belongs to `runs[i]` and is as long as `epochs`, which all runs share; an
    epoch that a run does not have is null. `differences` are those of their settings."""

    runs: list[RunDetail]
    names: list[str]
    epochs: list[int]
    series: dict[str, list[list[float | None]]]
    differences: list[Difference]
    summary: list[ComparedSummary]


class WholeComparison(Comparison):
    """`origins` are the differences of their code, machines and packages (`packages.torch`)."""

    origins: list[Difference]


class ResultColumn(TypedDict):
    """A metric, and which of its numbers a column shows: `last` or `best`."""

    metric: str
    which: str
    title: str


class ResultStat(TypedDict):
    """`n` runs have a result; `std` is the sample's, null below two; `epoch` that at which a single
    run was best; `best` marks the best of the column."""

    mean: float | None
    std: float | None
    n: int
    best: bool
    epoch: int | None


class NamedRuns(TypedDict):
    """A run, or a setting with the numbers of its runs."""

    title: str
    method: str
    runs: list[int]


class ResultRow(NamedRuns):
    """`values` belong to the columns."""

    values: list[ResultStat]


class ComparedResults(TypedDict):
    """A row per run, or per setting: a spec apart from its seed."""

    by: Literal["runs", "settings"]
    columns: list[ResultColumn]
    rows: list[ResultRow]


class Figures(TypedDict):
    """Plotly figures by name."""

    figures: dict[str, Figure]


class ComparedCurves(Figures):
    """A trace per run, or (`mean`) per setting with a band over its seeds."""

    lines: Literal["runs", "mean"]


class ClassAccuracies(NamedRuns):
    """Accuracy of each class in the last epoch, the mean over a setting's runs."""

    accuracy: list[float]


class ComparedClasses(TypedDict):
    """Two settings with the same classes."""

    classes: list[str]
    ours: ClassAccuracies
    base: ClassAccuracies


class ReliabilityLine(NamedRuns, PooledReliability):
    """One diagram of the last epochs of these runs."""


class ComparedReliability(TypedDict):
    """Accuracy against confidence, for each run or setting that has recorded it."""

    lines: list[ReliabilityLine]


class ComparedRun(TypedDict):
    """A run's number and name."""

    id: int
    name: str


class FieldValues(TypedDict):
    """A field (`spec.noise.rate`) or a metric (`val_top1.last`), with a value per run."""

    name: str
    values: list[Any]


class FieldAxis(FieldValues):
    """An axis of the parallel coordinates."""

    title: str


class ComparedFields(TypedDict):
    """A field against a metric, and all fields that differ."""

    runs: list[ComparedRun]
    field: FieldValues
    against: FieldValues
    axes: list[FieldAxis]
