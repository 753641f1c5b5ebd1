"""Experiments: the runs of one sweep, submitted, counted and steered together.

Functions do not commit. Raises NotFound for an unknown id, Conflict where an action is not
possible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from backend.core.run_actions import RULES, Action
from backend.core.run_states import CUT_SHORT, RunSource, RunState
from backend.schemas.experiments import ExperimentDetail
from backend.schemas.searches import Confirms, SearchState
from backend.store import requests, search_standing, searches
from backend.store.errors import Conflict, NotFound, NotYours
from backend.store.folding import fold
from backend.store.tables import Experiment, Run
from ols.spec.run_spec import RunSpec
from ols.spec.search import MOST_RUNS
from ols.spec.sweep import Sweep, example_settings, expand

_ALIVE = Run.deleted_at.is_(None)


def submit(
    session: Session,
    sweep: Sweep,
    *,
    name: str | None = None,
    notes: str = "",
    tags: Sequence[str] = (),
    parallel: int | None = None,
    priority: int = 0,
) -> Experiment:
    """Inserts an experiment and its queued runs; raises SpecError for a sweep with faults.

    Of a search only the experiment: a worker proposes its runs.
    """
    specs = example_settings(sweep).specs if sweep.adaptive else expand(sweep).specs
    experiment = Experiment(
        name=name or default_name(sweep, specs),
        notes=notes,
        sweep=sweep.model_dump(mode="json"),
        parallel=parallel,
        created_at=datetime.now(UTC),
    )
    session.add(experiment)
    session.flush()
    if sweep.adaptive:
        searches.start(session, experiment, tags, priority)
        return experiment
    requests.submit_many(session, specs, tags=tags, experiment_id=experiment.id, priority=priority)
    return experiment


def default_name(sweep: Sweep, specs: Sequence[RunSpec]) -> str:
    """What varies, on which data: `method, noise.rate, seed on glyphs`."""
    datasets = list(dict.fromkeys(spec.dataset.name for spec in specs))
    return f"{', '.join(sweep.grid)} on {', '.join(datasets)}"[:200]


def add_seeds(session: Session, experiment_id: int, more: int) -> int:
    """`more` further seeds of every setting, counted on from its highest; how many runs that is."""
    experiment = require(session, experiment_id)
    if search_standing.is_search(session, experiment_id):
        raise Conflict("A search has its own seeds; run the chosen setting on fresh seeds instead.")
    if (parent := _forked(session, experiment_id)) is not None:
        raise Conflict(f"Its runs are forks of run {parent}: fork that again, with other seeds.")
    rows = session.scalars(
        select(Run.spec)
        .where(Run.experiment_id == experiment_id, Run.source == RunSource.TRAINED, _ALIVE)
        .order_by(Run.id)
    )
    highest: dict[str, tuple[dict[str, Any], int]] = {}
    for spec in rows:
        setting = repr(sorted((key, repr(value)) for key, value in spec.items() if key != "seed"))
        seed = max(spec["seed"], highest[setting][1] if setting in highest else -1)
        highest[setting] = (spec, seed)
    if not highest:
        raise Conflict(f"Experiment {experiment_id} has no runs any more; submit it again.")
    if len(highest) * more > MOST_RUNS:
        raise Conflict(
            f"That would be {len(highest) * more:,} runs; at most {MOST_RUNS:,} at once."
        )
    specs = [
        RunSpec.parse({**spec, "seed": seed + extra})
        for extra in range(1, more + 1)
        for spec, seed in highest.values()
    ]
    requests.submit_many(session, specs, tags=(), experiment_id=experiment.id)
    return len(specs)


def _forked(session: Session, experiment_id: int) -> int | None:
    """The run that its runs continue."""
    mine = (Run.experiment_id == experiment_id, _ALIVE)
    return session.scalar(select(func.min(Run.parent_id)).where(*mine))


def require(session: Session, experiment_id: int) -> Experiment:
    """The experiment; raises NotFound."""
    experiment = session.get(Experiment, experiment_id)
    if experiment is None:
        raise NotFound(f"There is no experiment {experiment_id}.")
    return experiment


def edit(session: Session, experiment_id: int, changes: Mapping[str, Any]) -> None:
    """Sets name, notes, parallel, pinned, archived; raises NotFound."""
    experiment = require(session, experiment_id)
    for key, value in changes.items():
        setattr(experiment, key, value)


ACTIONS: dict[Action, Callable[[Session, int], Run]] = {
    Action.PAUSE: requests.pause,
    Action.RESUME: requests.resume,
    Action.RETRY: requests.retry,
    Action.CANCEL: requests.cancel,
}


def act(session: Session, experiment_id: int, action: Action) -> dict[int, RunState]:
    """Does one of ACTIONS with all its runs whose state allows it; in what state each was.

    A search follows: it stops before its runs are paused or cancelled, or it would propose others.
    Runs that it gave up are revived one by one, not with the others.
    """
    require(session, experiment_id)
    searches.follow(session, experiment_id, action)
    move = ACTIONS[action]
    mine = [Run.experiment_id == experiment_id, _ALIVE, Run.state.in_(RULES[action].states)]
    if action == Action.RESUME:
        mine.append(~search_standing.given_up(Run))
    was = {}
    for row in session.execute(select(Run.id, Run.state).where(*mine).order_by(Run.id)).all():
        with suppress(Conflict, NotYours):  # it has just ended by itself, or is another's seed
            move(session, row.id)
            was[row.id] = row.state
    return was


def run_ids(session: Session, experiment_id: int) -> list[int]:
    """Its runs, oldest first."""
    query = select(Run.id).where(Run.experiment_id == experiment_id, _ALIVE)
    return list(session.scalars(query.order_by(Run.id)))


def get(session: Session, experiment_id: int) -> ExperimentDetail:
    """One experiment as JSON; raises NotFound."""
    experiment = require(session, experiment_id)
    return _as_json(session, [experiment])[0]


def listing(
    session: Session, *, archived: bool = False, limit: int = 200, q: str = ""
) -> list[ExperimentDetail]:
    """The newest experiments, pinned ones first."""
    query = select(Experiment).where(Experiment.archived.is_(archived))
    if q.strip():
        query = query.where(Experiment.folded_name.contains(fold(q.strip()), autoescape=True))
    order = (Experiment.pinned.desc(), Experiment.id.desc())
    return _as_json(session, session.scalars(query.order_by(*order).limit(limit)).all())


def _as_json(session: Session, experiments: Sequence[Experiment]) -> list[ExperimentDetail]:
    ids = [experiment.id for experiment in experiments]
    sums, found = _sums(session, ids), search_standing.states(session, ids)
    return [_json(each, sums.get(each.id), found.get(each.id)) for each in experiments]


def _sums(session: Session, ids: Sequence[int]) -> dict[int, Any]:
    """The states of its runs, one row per experiment."""
    counts = [func.sum(case((Run.state == state, 1), else_=0)).label(state) for state in RunState]
    rows = session.execute(
        select(
            Run.experiment_id,
            func.count().label("runs"),
            func.sum(Run.epoch).label("epochs_done"),
            func.sum(case((Run.state.in_(CUT_SHORT), Run.epoch), else_=Run.epochs)).label("epochs"),
            func.max(Run.finished_at).label("finished_at"),
            func.min(Run.parent_id).label("parent"),
            *counts,
        )
        .where(Run.experiment_id.in_(ids), _ALIVE)
        .group_by(Run.experiment_id)
    )
    return {row.experiment_id: row for row in rows}


def _json(experiment: Experiment, sums: Any, search: SearchState | None) -> ExperimentDetail:
    states = {state: int(getattr(sums, state)) if sums else 0 for state in RunState}
    return {
        "id": experiment.id,
        "name": experiment.name,
        "owner": experiment.owner,
        "notes": experiment.notes,
        "sweep": experiment.sweep,
        "parallel": experiment.parallel,
        "pinned": experiment.pinned,
        "archived": experiment.archived,
        "created_at": experiment.created_at,
        "runs": sums.runs if sums else 0,
        "states": states,
        "epochs_done": int(sums.epochs_done) if sums else 0,
        "epochs": int(sums.epochs) if sums else 0,
        "search": search,
        "confirms": _confirms(experiment),
        "forks": sums.parent if sums else None,
    }


def _confirms(experiment: Experiment) -> Confirms | None:
    if experiment.confirms is None:
        return None
    return {"experiment": experiment.confirms, "trial": experiment.confirms_trial or 0}
