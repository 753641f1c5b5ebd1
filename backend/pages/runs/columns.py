"""The columns of the runs table. A new one is an entry of COLUMNS: nothing else lists them.

Beside these a column may be any field of the spec (`spec.method.alpha`) and the last or best of any
metric (`val_ece.last`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from backend.analysis import formats
from backend.analysis.targets import caveat, summary_value, title_of_target, which_of
from backend.core.actor import actor
from backend.pages.shared.render import macro
from backend.schemas.runs import RunRow
from backend.store.conditions import OWNER, RENAMED, is_field, is_target, path_of
from backend.store.spec_paths import leaves
from ols.spec.fields import fields_by_path
from ols.spec.metric import MARK
from ols.spec.metrics import ACCURACY, CALIBRATION, metric


@dataclass(frozen=True)
class Column:
    """One column: how its value is read from a run, and how a cell shows it.

    `show` returns text, or markup from a macro. A column without help says its name instead, where
    that is a field's or a metric's.
    """

    name: str  # in the address, and what the store sorts by
    title: str
    value: Callable[[RunRow], Any]
    show: Callable[[Any], str]
    help: str = ""
    numeric: bool = False  # aligned to the right
    sortable: bool = True
    largest_first: bool = False  # when its head is clicked for the first time
    listed: bool = True  # among COLUMNS, not added by its field's or metric's name

    @property
    def css(self) -> str:
        """The classes of its cells; a listed column may have a width in runs.css."""
        name = self.name.translate(_DASHES) if self.listed else "more"
        return f"c-{name} num" if self.numeric else f"c-{name}"

    def cell(self, run: RunRow) -> str:
        """What stands in a run's row."""
        return self.show(self.value(run))


_DASHES = str.maketrans("_.", "--")


def _whole(run: RunRow) -> RunRow:
    return run


def _cell(name: str) -> Callable[[Any], str]:
    return partial(macro, "runs/_cells.html", name)


def target_value(run: RunRow, target: str) -> Any:
    """A field of the run, or the last or best of a metric; None where it has none."""
    if not is_field(target):
        return summary_value(run, *which_of(target))
    return dict(leaves(run)).get(path_of(target))


def _metric(target: str, title: str = "", help: str = "", *, listed: bool = True) -> Column:
    help = help or metric(target.rpartition(".")[0]).help or target
    noted = caveat(target)
    return Column(
        target,
        f"{title}{MARK if noted else ''}" if title else title_of_target(target),
        value=partial(target_value, target=target),
        show=metric(target.rpartition(".")[0]).text,
        help=f"{help} {MARK} {noted}, the split that it is measured on" if noted else help,
        numeric=True,
        largest_first=True,
        listed=listed,
    )


def _field(target: str) -> Column:
    path = path_of(target)
    field = fields_by_path().get(path)
    return Column(
        target,
        title_of_target(target),
        value=partial(target_value, target=target),
        show=partial(macro, "shared/_macros.html", "field_value", path),
        help=target,
        numeric=field is None or field.numeric,
        listed=False,
    )


COLUMNS = (
    Column("state", "State", value=_whole, show=_cell("state")),
    Column("name", "Name", value=_whole, show=_cell("name")),
    Column(
        "method",
        "Method",
        value=lambda run: run["method"],
        show=partial(macro, "shared/_macros.html", "method"),
    ),
    Column(
        "dataset",
        "Data",
        value=_whole,
        show=_cell("dataset"),
        help="The dataset, and the split that val is measured on",
    ),
    Column(
        "noise_rate",
        "Noise",
        value=lambda run: run["noise_rate"],
        show=formats.noise_rate,
        help="Share of wrong training labels",
        numeric=True,
        largest_first=True,
    ),
    _metric(f"{ACCURACY}.best", "Best val", "Validation top-1 of the best epoch"),
    _metric(f"{ACCURACY}.last", "Last val", "Validation top-1 of the last epoch"),
    _metric(f"{CALIBRATION}.last", "ECE", metric(CALIBRATION).help),
    Column(
        "curve",
        "Val top-1",
        value=_whole,
        show=_cell("curve"),
        help="Over the epochs, 0 to 100%",
        sortable=False,
    ),
    Column(OWNER, "Owner", value=lambda run: run["owner"] or "", show=str),
    Column(
        "created_at",
        "Created",
        value=lambda run: run["created_at"],
        show=partial(macro, "shared/_macros.html", "when"),
        largest_first=True,
    ),
)
FIXED = ("state", "name")  # a row without them could not be told from another
EXAMPLES = "a field like spec.method.alpha or a metric like val_ece.last"


def listed_columns() -> dict[str, Column]:
    """COLUMNS by name; without people there are no owners."""
    peopled = actor() is not None
    return {column.name: column for column in COLUMNS if peopled or column.name != OWNER}


def column_named(name: str) -> Column:
    """One of COLUMNS, a field or a metric; raises ValueError."""
    name = RENAMED.get(name, name)
    listed = listed_columns()
    if name in listed:
        return listed[name]
    if not is_target(name):
        raise ValueError(f"{name[:40]!r} is no column: use {', '.join(listed)}, {EXAMPLES}")
    return _field(name) if is_field(name) else _metric(name, listed=False)
