"""What came of a search, as JSON; and its chosen setting once more, on fresh seeds.

The best of many settings is best by luck too, and was chosen on the very images that it is measured
on. So the number to report is that of other seeds, of the test set where there is a holdout.
Functions do not commit; NotFound where the experiment is no search.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, stdev

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.core.run_states import RunState
from backend.schemas.searches import Confirmation, SearchTrials, TrialDetail
from backend.store import experiments, search_standing
from backend.store.errors import Conflict, NotFound
from backend.store.search_standing import TrialRow
from backend.store.tables import Experiment, Run
from ols.spec.metrics import metric
from ols.spec.run_spec import LARGEST_SEED
from ols.spec.sweep import Sweep, setting


def read(session: Session, experiment_id: int) -> SearchTrials:
    """All its settings and what is concluded from them."""
    sweep = search_standing.sweep_of(session, experiment_id)
    rows = search_standing.trials(session, experiment_id, sweep)
    goal = sweep.goal
    best = best_of(sweep, rows)
    return {
        "objective": {
            "metric": goal.metric,
            "at": goal.at,
            "seeds": goal.seeds,
            "title": goal.measured.title,
            "better": "min" if goal.measured.better == "min" else "max",
        },
        "trials": [_trial(sweep, row) for row in rows],
        "best": best.number if best else None,
        "importance": search_standing.importance(session, experiment_id),
        "confirmations": _confirmations(session, experiment_id, sweep),
    }


def ranked(sweep: Sweep, rows: Sequence[TrialRow]) -> list[TrialRow]:
    """The settings that trained to their end, the best first, of equal ones the earlier."""
    ended = [(row.value(sweep), row) for row in rows if row.state == "complete"]
    valued = [(value, row) for value, row in ended if value is not None]
    sign = 1 if sweep.goal.measured.better == "min" else -1
    return [row for _, row in sorted(valued, key=lambda pair: sign * pair[0])]


def best_of(sweep: Sweep, rows: Sequence[TrialRow]) -> TrialRow | None:
    """The setting with the best value; None while none has ended."""
    return next(iter(ranked(sweep, rows)), None)


def confirm(
    session: Session, experiment_id: int, number: int | None, best: int, seeds: int
) -> list[Experiment]:
    """Queues a setting, or without a number so many of the best, on seeds new to the search.

    Each is an experiment of its own; all have the same `seeds` seeds, so that they can be compared.
    Raises NotFound for a number that is none, Conflict while no setting has ended.
    """
    sweep = search_standing.sweep_of(session, experiment_id)
    rows = search_standing.trials(session, experiment_id, sweep)
    settings = ranked(sweep, rows)[:best]
    if number is not None:
        settings = [row for row in rows if row.number == number]
        if not settings:
            raise NotFound(f"Search {experiment_id} has no setting {number}.")
    if not settings:
        raise Conflict("No setting of this search has trained to its end yet.")
    used = setting(sweep, settings[0].combination).seed + sweep.goal.seeds - 1
    first = _highest_seed(session, experiment_id, used) + 1
    if first + seeds - 1 > LARGEST_SEED:
        raise Conflict(f"There are no {seeds} seeds above those of the search; begin lower.")
    fresh = range(first, first + seeds)
    return [_run_again(session, experiment_id, sweep, row, fresh) for row in settings]


def _run_again(
    session: Session, experiment_id: int, sweep: Sweep, row: TrialRow, seeds: Sequence[int]
) -> Experiment:
    data = setting(sweep, row.combination).model_dump(mode="json", exclude={"seed"})
    grid = {"seed": list(seeds)}
    search = experiments.require(session, experiment_id)
    name = f"Setting {row.number} of {search.name}, fresh seeds"[:200]
    again = experiments.submit(session, Sweep.parse({"spec": data, "grid": grid}), name=name)
    again.confirms, again.confirms_trial = experiment_id, row.number
    return again


def _trial(sweep: Sweep, row: TrialRow) -> TrialDetail:
    return {
        "number": row.number,
        "state": row.state,
        "combination": row.combination,
        "value": row.value(sweep),
        "epoch": row.epoch,
        "epochs": max((run.epochs for run in row.runs), default=0),
        "pruned_at": row.pruned_at,
        "runs": [run.id for run in row.runs],
        "created_at": row.created_at,
    }


def _highest_seed(session: Session, experiment_id: int, least: int) -> int:
    """That the search or a confirmation of it has used, deleted runs included."""
    own = select(Experiment.id).where(Experiment.confirms == experiment_id)
    query = select(func.max(Run.spec["seed"].as_integer())).where(
        (Run.experiment_id == experiment_id) | Run.experiment_id.in_(own)
    )
    return max(least, session.scalar(query) or 0)


def _confirmations(session: Session, experiment_id: int, sweep: Sweep) -> list[Confirmation]:
    query = select(Experiment).where(Experiment.confirms == experiment_id).order_by(Experiment.id)
    again = session.scalars(query).all()
    columns = select(Run.experiment_id, Run.state, Run.spec["eval_on"].as_string(), Run.summary)
    runs = session.execute(
        columns.where(
            Run.experiment_id.in_([each.id for each in again]), Run.deleted_at.is_(None)
        ).order_by(Run.id)
    ).all()
    return [
        _confirmation(sweep, each, [run[1:] for run in runs if run[0] == each.id]) for each in again
    ]


def _confirmation(
    sweep: Sweep, experiment: Experiment, runs: Sequence[Sequence[object]]
) -> Confirmation:
    goal = sweep.goal
    held_out = any(eval_on == "holdout" for _, eval_on, _ in runs)
    if held_out and metric(goal.metric).split == "val":
        goal = goal.model_copy(update={"at": "holdout"})
    ended = [goal.value(summary) for state, _, summary in runs if state == RunState.FINISHED]  # type: ignore[arg-type]
    values = [value for value in ended if value is not None]
    return {
        "experiment": experiment.id,
        "trial": experiment.confirms_trial or 0,
        "metric": goal.measured.name,
        "runs": len(runs),
        "values": values,
        "mean": mean(values) if values else None,
        "deviation": stdev(values) if len(values) > 1 else None,
    }
