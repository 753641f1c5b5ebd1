"""The comparison's pictures, as its address asks for them; the page and a fragment show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from sqlalchemy.orm import Session

from backend.api.params import MAX_ID, Text
from backend.conclude.curves import group_titles, repetitions
from backend.figures import COMPARED, Figure
from backend.figures_classes import class_figures, reliability_lines
from backend.figures_compare import MOST_NAMES, Group, Shape, curves_figure
from backend.figures_fields import field_figure, parallel_figure
from backend.pages.columns import title_of_target
from backend.pages.contexts.base import Option
from backend.palette import dashes, method_colour
from backend.store import side_by_side
from backend.store.spec_paths import flatten

MANY = 12  # more lines than this are drawn as means, unless the address says otherwise
MOST_AXES = 10  # of the parallel coordinates

_Run = Annotated[int, Query(ge=0, le=MAX_ID)]


@dataclass(frozen=True)
class View:
    """What is chosen on the page; an empty word is the page's own choice."""

    lines: str = ""
    x: str = "epoch"
    y: str = "linear"
    smooth: float = 0.0
    layout: str = "together"
    metric: str = ""
    ours: int = 0
    base: int = 0
    field: str = ""
    against: str = ""


async def _view(
    lines: Literal["", "runs", "mean"] = "",
    x: Literal["epoch", "time", "images"] = "epoch",
    y: Literal["linear", "log"] = "linear",
    smooth: Annotated[float, Query(ge=0, le=0.99)] = 0.0,
    layout: Literal["together", "each"] = "together",
    metric: Text = "",
    ours: _Run = 0,
    base: _Run = 0,
    field: Text = "",
    against: Text = "",
) -> View:
    return View(lines, x, y, smooth, layout, metric, ours, base, field, against)


ViewAsked = Annotated[View, Depends(_view)]


@dataclass(frozen=True)
class Pictures:
    """Figures, and the options of the selects that choose among them."""

    lines: str
    live: bool  # a new epoch extends the curves as they stand
    curves: list[tuple[str, Figure]]
    legend: list[tuple[str, str, str]]  # title, method and dash of lines that no chart names
    classes: dict[str, Figure]
    reliability: Figure | None
    scatter: Figure
    parallel: Figure
    settings: list[Option]  # that classes can be compared of
    ours: str
    base: str
    fields: list[Option]
    field: str
    metrics: list[Option]
    against: str


def pictures(session: Session, comparison: Mapping[str, Any], view: View) -> Pictures:
    """All of them; at least one run is there."""
    runs = comparison["runs"]
    settings = _settings(runs)
    repeated = len(settings) < len(runs)
    mean = view.lines == "mean" or (not view.lines and repeated and len(runs) > MANY)
    drawn = settings if mean else _each(runs)
    shape = Shape(view.x, view.y == "log", view.smooth, view.metric)
    ours, base = _pair(settings, view)
    columns = _columns(comparison)
    field, against = _axes(columns, view)
    return Pictures(
        lines="mean" if mean else "runs",
        live=not mean and view.x == "epoch" and not view.smooth and len(runs) <= MANY,
        curves=_curves(comparison, drawn, shape, view),
        legend=_legend(drawn) if view.layout == "each" or len(drawn) > MOST_NAMES else [],
        classes=_classes(session, runs, ours, base) if ours and base else {},
        reliability=_reliability(session, runs, settings if mean else drawn),
        scatter=field_figure(
            runs,
            columns[field],
            columns[against],
            title_of_target(field),
            against.rpartition(".")[0],
            f"{title_of_target(against)} against {title_of_target(field)}",
        ),
        parallel=parallel_figure(runs, _parallel(comparison, columns, against)),
        settings=[Option(str(group.first), group.title) for group in settings],
        ours=str(ours.first) if ours else "",
        base=str(base.first) if base else "",
        fields=[Option(name, title_of_target(name)) for name in columns],
        field=field,
        metrics=[Option(n, title_of_target(n)) for n in columns if not n.startswith("spec.")],
        against=against,
    )


def _settings(runs: Sequence[Mapping[str, Any]]) -> list[Group]:
    """Runs that differ in nothing but the seed are one."""
    places = repetitions(runs)
    titles = group_titles(runs, places)
    return [
        Group(title, runs[group[0]]["method"], tuple(group), runs[group[0]]["id"])
        for title, group in zip(titles, places, strict=True)
    ]


def _each(runs: Sequence[Mapping[str, Any]]) -> list[Group]:
    return [
        Group(f"{run['name']} #{run['id']}", run["method"], (place,), run["id"])
        for place, run in enumerate(runs)
    ]


def _curves(
    comparison: Mapping[str, Any], drawn: Sequence[Group], shape: Shape, view: View
) -> list[tuple[str, Figure]]:
    """One chart with a switch, or a chart a metric."""
    if view.layout == "together":
        return [("compare-chart", curves_figure(comparison, drawn, shape))]
    names = [name for name, _ in COMPARED if name in comparison["series"]] or ["val_top1"]
    if not any(run["noise_rate"] for run in comparison["runs"]):
        names = [name for name in names if name != "train_memorized"]
    return [(f"compare-{name}", curves_figure(comparison, drawn, shape, name)) for name in names]


def _legend(drawn: Sequence[Group]) -> list[tuple[str, str, str]]:
    styles = dashes([group.method for group in drawn])
    return [(group.title, group.method, dash) for group, dash in zip(drawn, styles, strict=True)]


def _pair(settings: Sequence[Group], view: View) -> tuple[Group | None, Group | None]:
    """Whose classes are compared with whose: OLS with hard labels where both are there."""
    by_first = {group.first: group for group in settings}
    base = by_first.get(view.base) or next((g for g in settings if g.method == "hard"), settings[0])
    others = [group for group in settings if group is not base]
    default = next((g for g in others if g.method == "ols"), others[0] if others else None)
    return by_first.get(view.ours) or default, base


def _classes(
    session: Session, runs: Sequence[Mapping[str, Any]], ours: Group, base: Group
) -> dict[str, Figure]:
    names = runs[ours.places[0]]["classes"]
    if not names or runs[base.places[0]]["classes"] != names:
        return {}
    both = [
        side_by_side.class_accuracies(session, [runs[place]["id"] for place in group.places])
        for group in (ours, base)
    ]
    if both[0] is None or both[1] is None or not len(both[0]) == len(both[1]) == len(names):
        return {}
    titles = ours.title, base.title
    return class_figures(names, both[0], both[1], titles, method_colour(ours.method))


def _reliability(
    session: Session, runs: Sequence[Mapping[str, Any]], groups: Sequence[Group]
) -> Figure | None:
    found = [
        side_by_side.pooled_reliability(session, [runs[place]["id"] for place in group.places])
        for group in groups
    ]
    return reliability_lines(groups, found) if any(found) else None


def _columns(comparison: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What one can put on an axis: first the fields that differ, then results, then the rest."""
    runs = comparison["runs"]
    flat = [dict(flatten(run["spec"])) for run in runs]
    differ = [row["path"] for row in comparison["differences"]]
    rest = dict.fromkeys(path for spec in flat for path in spec if path != "version")
    metrics = dict.fromkeys(name for run in runs for name in run["summary"])
    results = {
        f"{name}.{which}": [run["summary"].get(name, {}).get(which) for run in runs]
        for name in sorted(metrics, key=lambda n: (n not in ("val_top1", "val_ece"), n))
        for which in ("last", "best")
    }
    fields = {f"spec.{p}": [_plain(spec.get(p)) for spec in flat] for p in [*differ, *rest]}
    first = {name: fields[name] for name in (f"spec.{path}" for path in differ)}
    return {**first, **results, **fields} or {"spec.seed": [None] * len(runs)}


def _plain(value: Any) -> Any:
    """Lists and truth values as words, so that they have a place on an axis."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, list | tuple) else value


def _axes(columns: Mapping[str, Any], view: View) -> tuple[str, str]:
    names = list(columns)
    metrics = [name for name in names if not name.startswith("spec.")] or names
    default = "val_top1.last" if "val_top1.last" in columns else metrics[0]
    return (
        view.field if view.field in columns else names[0],
        view.against if view.against in columns else default,
    )


def _parallel(
    comparison: Mapping[str, Any], columns: Mapping[str, list[Any]], against: str
) -> list[tuple[str, list[Any]]]:
    """The fields that differ, then calibration and the chosen result."""
    differ = [f"spec.{row['path']}" for row in comparison["differences"]]
    # A field that only some methods have, and all of them alike, would be an axis of one point.
    fields = [name for name in differ if len({v for v in columns[name] if v is not None}) > 1]
    results = [name for name in ("val_ece.last", against) if name in columns]
    chosen = list(dict.fromkeys([*fields[: MOST_AXES - len(results)], *results]))
    return [(_axis_title(name), columns[name]) for name in chosen]


def _axis_title(name: str) -> str:
    return title_of_target(name).split(": ")[-1]
