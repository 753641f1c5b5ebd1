"""What each template may use: one dataclass a template. A test checks that they agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from markupsafe import Markup

from backend.method_results import Table

Run = dict[str, Any]


@dataclass(frozen=True)
class Queue:
    """What the top bar says, and the banner below it when the queue stands still."""

    running: int
    queued: int
    workers: int  # online
    accepting: int  # of them, those that are not drained
    largest: int  # devices of the largest one
    too_large: int  # queued runs that need more than that
    command: str  # starts a worker


@dataclass(frozen=True)
class Context:
    """Everything a template sees; `queue` is None when the database is down."""

    template: ClassVar[str]
    queue: Queue | None


@dataclass(frozen=True)
class Option:
    """One choice of a select, listed under `group` where it has one."""

    value: str
    title: str
    group: str = ""


@dataclass(frozen=True)
class Column:
    """A column's head in the runs table: its link sorts, `order` is ascending or descending."""

    name: str
    title: str
    href: str
    order: str
    css: str
    help: str = ""


@dataclass(frozen=True)
class Filters:
    """What the filter form shows."""

    state: str
    method: str
    dataset: str
    tag: str
    q: str
    sort: str
    archived: bool
    active: bool
    conditions: list[tuple[str, str, str]]  # its name in the URL, what it says, the URL without it
    columns: str
    group: str


@dataclass(frozen=True)
class RunsPage(Context):
    """`/`"""

    template = "runs.html"
    runs: list[Run]
    table: Any  # of backend.pages.grouping, when runs are grouped
    columns: list[Column]
    chosen: tuple[str, ...]  # columns
    column_options: list[Option]
    targets: list[Option]  # to filter by and to show
    views: list[tuple[str, str]]
    kept: list[tuple[str, str]]  # what the URL says
    filters: Filters
    states: list[Option]
    methods: list[Option]
    datasets: list[Option]
    presets: list[Any]
    next_href: str
    first_href: str
    cursor: int
    deleted: list[tuple[int, str]]  # number and name of those that can still be restored
    live_insert: bool  # a new run goes on top: first page, newest first, nothing filtered


@dataclass(frozen=True)
class RunRows(Context):
    """Rows of the runs table, fetched when their runs change."""

    template = "_run_rows.html"
    runs: list[Run]
    columns: list[Column]


@dataclass(frozen=True)
class GroupRows(Context):
    """Groups of runs, fetched while runs change."""

    template = "_group_table.html"
    table: Any


@dataclass(frozen=True)
class QueueState(Context):
    """The top bar's queue state and the banner, fetched when a run changes its state."""

    template = "_queue.html"


@dataclass(frozen=True)
class PresetGroup:
    """Presets of one subject, each with its short variant."""

    title: str
    rows: list[tuple[Any, Any]]


@dataclass(frozen=True)
class NewRunPage(Context):
    """`/runs/new`"""

    template = "new_run.html"
    presets: list[Any]
    preset_groups: list[PresetGroup]
    preset: str
    source: Run | None
    sections: list[Any]
    name: str
    tags: str
    priority: int
    data: dict[str, Any]  # for spec-form.js: recipes and defaults, the sweep to begin with
    ablations: list[Any]
    ablation: str
    basis: str  # of an ablation's link: what the form shows
    spec_json: str


@dataclass(frozen=True)
class Pair:
    """A strong entry off the diagonal."""

    row: int
    column: int
    value: float


@dataclass(frozen=True)
class SpecRow:
    """One field of a spec; `was` is the preset's value where the run changed it, else empty."""

    path: str
    title: str
    value: str
    was: str


@dataclass(frozen=True)
class RunPage(Context):
    """`/runs/{id}`"""

    template = "run.html"
    run: Run
    silence: str  # of its worker, in words
    final: list[Any]  # of backend.pages.final_test
    cursor: int
    figures: dict[str, Any]
    player: dict[str, Any]
    pairs: list[Pair]
    panels: dict[str, Any]  # of backend.pages.panels
    warnings: list[dict[str, Any]]
    spec_rows: list[SpecRow]
    preset: Any  # the ols.preset.Preset that the run came from, or None
    attempts: list[dict[str, Any]]


@dataclass(frozen=True)
class RunHead(Context):
    """The run page's head, fetched when the run changes."""

    template = "_run_head.html"
    run: Run
    silence: str
    final: list[Any]


@dataclass(frozen=True)
class MatrixTable(Context):
    """A matrix as a table, fetched when somebody opens it."""

    template = "_matrix_table.html"
    title: str
    epoch: int
    axes: tuple[str, str]  # what a row is, what a column is
    names: tuple[str, ...]
    rows: list[list[str]]  # none where there are too many classes
    csv: str


@dataclass(frozen=True)
class Attempts(Context):
    """Who held the run and how that ended, fetched when its state changes."""

    template = "_attempts.html"
    attempts: list[dict[str, Any]]


@dataclass(frozen=True)
class Cell:
    """A number in the comparison, and whether it is the best of its column."""

    text: str
    best: bool = False
    note: str = ""


@dataclass(frozen=True)
class ComparePage(Context):
    """`/compare`"""

    template = "compare.html"
    runs: list[Run]
    unknown: list[str]
    view: Any  # of backend.pages.compare_view, as are the pictures; None without runs
    pictures: Any
    heatmaps: list[Run]
    player: dict[str, Any]
    metrics: list[tuple[str, str]]
    results: list[list[Cell]]
    differences: list[tuple[str, list[str]]]
    dashes: list[str]
    evals: list[str]
    cursor: int
    recent: list[Run] = field(default_factory=list)


@dataclass(frozen=True)
class ComparePictures(Context):
    """The comparison's pictures, fetched when another view of them is chosen."""

    template = "_compare_view.html"
    view: Any
    pictures: Any


@dataclass(frozen=True)
class CompareResults(Context):
    """The comparison's tables, fetched when an epoch ends."""

    template = "_compare_results.html"
    runs: list[Run]
    metrics: list[tuple[str, str]]
    results: list[list[Cell]]
    dashes: list[str]


@dataclass(frozen=True)
class ExperimentsPage(Context):
    """`/experiments`"""

    template = "experiments.html"
    experiments: list[dict[str, Any]]
    q: str
    archived: bool
    ablations: list[Any]
    cursor: int


@dataclass(frozen=True)
class ExperimentRows(Context):
    """The list of experiments, fetched when runs change."""

    template = "_experiment_rows.html"
    experiments: list[dict[str, Any]]


@dataclass(frozen=True)
class ExperimentPage(Context):
    """`/experiments/{id}`"""

    template = "experiment.html"
    experiment: dict[str, Any]
    notes: str  # safe HTML
    left: float | None  # seconds
    table: Any  # of backend.pages.grouping
    compare: str
    compared: int
    cursor: int


@dataclass(frozen=True)
class ExperimentHead(Context):
    """An experiment's name, notes and actions, fetched after one of them."""

    template = "_experiment_head.html"
    experiment: dict[str, Any]
    notes: str


@dataclass(frozen=True)
class ExperimentResults(Context):
    """An experiment's progress and groups, fetched while its runs change."""

    template = "_experiment_results.html"
    experiment: dict[str, Any]
    left: float | None
    table: Any
    compare: str
    compared: int


@dataclass(frozen=True)
class TablePage(Context):
    """`/table`"""

    template = "table.html"
    choice: Any  # of backend.pages.choice
    asked: Any  # backend.api.tables.TableQuery
    runs: int
    cut: bool  # there are more than a table takes
    views: list[Any]  # of backend.pages.table; the metric asked for, and what stands beside it
    fields: list[Option]
    axes: list[tuple[str, str, list[str]]]  # parameter, title, a path for each select
    metrics: list[Option]
    which: list[Option]
    baselines: list[Option]
    baseline: str
    address: str
    noise: str
    exports: list[tuple[str, str, str]]  # format, title, text


@dataclass(frozen=True)
class NoisePage(Context):
    """`/noise`"""

    template = "noise.html"
    choice: Any  # of backend.pages.choice
    runs: int
    report: dict[str, Any]  # of backend.conclude.noise
    dataset: str
    others: list[tuple[str, int, str]]  # datasets that are not shown: title, runs, address
    figures: dict[str, Any]
    baselines: list[Option]
    address: str
    table: str
    most_curves: int


@dataclass(frozen=True)
class WorkersPage(Context):
    """`/workers`"""

    template = "workers.html"
    workers: list[Any]


@dataclass(frozen=True)
class WorkerCards(Context):
    """The cards of the workers page, fetched every few seconds."""

    template = "_workers.html"
    workers: list[Any]


@dataclass(frozen=True)
class ErrorPage(Context):
    """Any error that a browser meets."""

    template = "error.html"
    status: int
    title: str
    message: str


@dataclass(frozen=True)
class Setting:
    """One of a method's parameters."""

    name: str
    title: str
    default: str
    help: str


@dataclass(frozen=True)
class MethodsPage(Context):
    """`/methods`"""

    template = "methods.html"
    methods: list[dict[str, Any]]  # as the catalogue describes them


@dataclass(frozen=True)
class MethodPage(Context):
    """`/methods/{name}`"""

    template = "method.html"
    method: dict[str, Any]
    equation: Markup  # MathML
    notes: list[tuple[bool, str]]  # (plain-text equation?, paragraph)
    settings: list[Setting]
    tables: list[Table]
