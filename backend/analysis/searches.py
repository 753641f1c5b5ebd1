"""What a search's page shows: its settings in words, figures, axes, and what may be claimed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.analysis.figures.figure import Figure
from backend.analysis.figures.search import path_title, slice_figure, trials_figure, words_of
from backend.schemas.searches import Confirmation, Importance, SearchTrials, TrialDetail
from backend.store import search_results, search_standing
from ols.spec.metrics import metric
from ols.spec.sweep import Range, Sweep, example_settings

ABSENT = "–"  # of a field that a setting can't have


@dataclass(frozen=True)
class TrialWords:
    """A row of the table of settings."""

    trial: TrialDetail
    fields: list[str]
    value: str
    best: bool


@dataclass(frozen=True)
class ConfirmationWords:
    """A setting on fresh seeds: `81.3% ± 0.4%`."""

    confirmation: Confirmation
    metric: str
    value: str


@dataclass(frozen=True)
class SearchView:
    """Everything that the page shows of a search. `test_chose`: the settings were compared on the
    test set, which is then no longer new to the one that was chosen."""

    objective: str
    at: str
    seeds: int
    titles: list[str]
    rows: list[TrialWords]
    best: TrialWords | None
    best_words: str
    ended: int
    test_chose: bool
    confirmations: list[ConfirmationWords]
    over_time: Figure
    slices: list[Figure]
    axes: dict[str, Any]  # for <parallel-axes>
    shares: list[tuple[str, float]]  # title of a field, its importance
    weighed: int
    weighed_at: int | None  # an epoch


def search_view(session: Session, experiment_id: int) -> SearchView:
    """Raises NotFound for an experiment that is no search."""
    sweep = search_standing.sweep_of(session, experiment_id)
    found = search_results.read(session, experiment_id)
    form = metric(found["objective"]["metric"])
    rows = [_row(sweep, trial, found["best"], form.text) for trial in found["trials"]]
    best = next((row for row in rows if row.best), None)
    titles = [path_title(path) for path in sweep.grid]
    importance: Importance | None = found["importance"]
    return SearchView(
        objective=found["objective"]["title"],
        at=found["objective"]["at"],
        seeds=sweep.goal.seeds,
        titles=titles,
        rows=rows,
        best=best,
        best_words=", ".join(
            f"{title} {words}"
            for title, words in zip(titles, best.fields if best else [], strict=False)
            if words != ABSENT
        ),
        ended=sum(trial["state"] == "complete" for trial in found["trials"]),
        test_chose=sweep.goal.at == "holdout"
        or example_settings(sweep, 1).specs[0].eval_on == "test",
        confirmations=[_confirmation(each) for each in found["confirmations"]],
        over_time=trials_figure(found),
        slices=[slice_figure(found, path, _is_log(values)) for path, values in sweep.grid.items()],
        axes=_axes(sweep, found),
        shares=_shares(importance),
        weighed=importance["of"] if importance else 0,
        weighed_at=importance["epoch"] if importance else None,
    )


def _row(sweep: Sweep, trial: TrialDetail, best: int | None, text: Any) -> TrialWords:
    fields = [
        words_of(path, trial["combination"][path]) if path in trial["combination"] else ABSENT
        for path in sweep.grid
    ]
    return TrialWords(trial, fields, text(trial["value"]), trial["number"] == best)


def _confirmation(each: Confirmation) -> ConfirmationWords:
    measured = metric(each["metric"])
    value = measured.text(each["mean"])
    if each["deviation"] is not None:
        value += f" ± {measured.text(each['deviation'])}"
    return ConfirmationWords(each, measured.title, value)


def _shares(importance: Importance | None) -> list[tuple[str, float]]:
    shares = importance["shares"] if importance else {}
    return [(path_title(path), share) for path, share in shares.items()]


def _is_log(values: Any) -> bool:
    return isinstance(values, Range) and values.log


def _axes(sweep: Sweep, found: SearchTrials) -> dict[str, Any]:
    """Axes with their titles, ends in words, and where each setting's line meets them (0 to 1,
    null where it does not have the field); the last axis is the objective."""
    trials = [trial for trial in found["trials"] if trial["value"] is not None]
    axes = [
        _axis(
            path_title(path),
            [trial["combination"].get(path) for trial in trials],
            _is_log(values),
            lambda value, path=path: words_of(path, value),
        )
        for path, values in sweep.grid.items()
    ]
    objective = metric(found["objective"]["metric"])
    axes.append(
        _axis(
            found["objective"]["title"], [each["value"] for each in trials], False, objective.text
        )
    )
    lines = [
        {"number": each["number"], "state": each["state"], "best": each["number"] == found["best"]}
        for each in trials
    ]
    return {"axes": axes, "lines": lines}


def _axis(title: str, values: list[Any], log: bool, text: Any) -> Mapping[str, Any]:
    present = [value for value in values if value is not None]
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in present)
    if not numeric:
        names = sorted({text(value) for value in present})
        place = {name: (i + 0.5) / len(names) for i, name in enumerate(names)}
        marks = [[place[name], name] for name in names]
        places = [None if value is None else place[text(value)] for value in values]
        return {"title": title, "places": places, "marks": marks}
    scale = math.log if log else float
    numbers = [None if value is None else scale(value) for value in values]
    known = [number for number in numbers if number is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    width = (high - low) or 1.0
    ends = sorted(present)[:: max(1, len(present) - 1)] if present else []
    marks = [[(scale(end) - low) / width, text(end)] for end in dict.fromkeys(ends)]
    places = [None if number is None else (number - low) / width for number in numbers]
    return {"title": title, "places": places, "marks": marks}
