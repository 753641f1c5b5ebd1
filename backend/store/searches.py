"""Searches: what is decided about them, and what a user asks of them.

Whoever proposes reads a `Standing`, decides outside of any transaction, and stores its decisions
with the version that it read: `decide` refuses what was decided on an older state. So any number
of processes may look after a search, at any time, and each setting is proposed once. Nothing here
imports Optuna. Functions do not commit; raises NotFound for an experiment that is no search.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.core.run_actions import Action
from backend.store import label_sets, requests, search_standing
from backend.store.errors import Conflict
from backend.store.search_standing import Standing
from backend.store.tables import Experiment, Run, Search, Trial
from ols.spec.sweep import Sweep, check_search, setting


@dataclass(frozen=True)
class Decisions:
    """What is to happen to a search. `judged`: number -> (comparisons passed, epoch at which it is
    given up or None)."""

    judged: Mapping[int, tuple[int, int | None]] = field(default_factory=dict)
    proposed: Sequence[Mapping[str, Any]] = ()
    closed: bool = False
    problem: str | None = None  # the search stops
    importance: Mapping[str, Any] | None = None


def start(session: Session, experiment: Experiment, tags: Sequence[str], priority: int) -> None:
    """Makes the experiment a search. Raises SweepError, and Unfit for a label set."""
    sweep = Sweep.parse(experiment.sweep)
    label_sets.pinned(session, check_search(sweep))
    session.add(
        Search(
            experiment_id=experiment.id,
            runs_allowed=sweep.budget.runs if sweep.budget else None,
            hours_allowed=sweep.budget.hours if sweep.budget else None,
            tags=list(tags),
            priority=priority,
        )
    )
    session.flush()


def decide(session: Session, seen: Standing, decisions: Decisions) -> list[int] | None:
    """Stores what was decided on `seen`; the ids of the runs that are queued.

    None: it is no longer so, and nothing was stored.
    """
    search = _locked(session, seen.experiment_id)
    if search.version != seen.version:
        return None
    search.version += 1
    for number, (rungs, pruned_at) in decisions.judged.items():
        trial = session.get_one(Trial, (seen.experiment_id, number))
        trial.rungs, trial.pruned_at = rungs, pruned_at
        if pruned_at is not None:
            _pause(session, seen, number)
    search.closed = decisions.closed
    if decisions.problem:
        search.stopped, search.problem = True, decisions.problem
    if decisions.importance is not None:
        search.importance = dict(decisions.importance)
    if search.stopped:
        return []
    first = max((row.number for row in seen.trials), default=0) + 1
    return [
        run.id
        for place, combination in enumerate(decisions.proposed)
        for run in _queue(session, search, seen.sweep, first + place, combination)
    ]


def _pause(session: Session, seen: Standing, number: int) -> None:
    (trial,) = (row for row in seen.trials if row.number == number)
    for run in trial.runs:
        with suppress(Conflict):  # it has just ended
            requests.pause(session, run.id)


def _queue(
    session: Session, search: Search, sweep: Sweep, number: int, combination: Mapping[str, Any]
) -> list[Run]:
    """A new setting and its runs, one for each seed."""
    session.add(
        Trial(
            experiment_id=search.experiment_id,
            number=number,
            combination=dict(combination),
            created_at=datetime.now(UTC),
        )
    )
    spec = setting(sweep, combination)
    runs = requests.submit_many(
        session,
        [spec.model_copy(update={"seed": spec.seed + more}) for more in range(sweep.goal.seeds)],
        tags=search.tags,
        experiment_id=search.experiment_id,
        priority=search.priority,
    )
    owner = session.get_one(Experiment, search.experiment_id).owner
    for run in runs:
        run.trial, run.owner = number, owner  # whoever's worker or request comes first decides it
    return runs


def stop(session: Session, experiment_id: int) -> None:
    """Lets a search propose nothing more; its runs stay as they are."""
    search = _locked(session, experiment_id)
    search.version += 1
    search.stopped = True


def resume(session: Session, experiment_id: int) -> None:
    """Lets it propose again; what failed before is no reason to stop any more."""
    search = _locked(session, experiment_id)
    search.version += 1
    search.stopped, search.closed, search.problem = False, False, None
    search.resumed_after = _proposed(session, experiment_id)


def follow(session: Session, experiment_id: int, action: Action) -> None:
    """Stops or resumes with the runs of the experiment; does nothing where it is no search."""
    if not search_standing.is_search(session, experiment_id):
        return
    if action in (Action.PAUSE, Action.CANCEL):
        stop(session, experiment_id)
    elif action == Action.RESUME:
        resume(session, experiment_id)


def add_trials(session: Session, experiment_id: int, more: int) -> None:
    """Allows so many settings more, and resumes. Raises Conflict where a grid has no more."""
    search = _locked(session, experiment_id)
    sweep = search_standing.sweep_of(session, experiment_id)
    if sweep.search == "grid" and search.closed and search.runs_allowed is None:
        raise Conflict("All combinations of the grid are tried; submit it again with more values.")
    allowed = search.hours_allowed
    if allowed is not None and search_standing.hours(session, experiment_id) >= allowed:
        search.hours_allowed = None
    seeds = sweep.goal.seeds
    so_far = search.runs_allowed or _proposed(session, experiment_id) * seeds
    search.runs_allowed = so_far + more * seeds
    resume(session, experiment_id)


def _proposed(session: Session, experiment_id: int) -> int:
    """How many settings there are: the number of the last one."""
    query = select(func.max(Trial.number)).where(Trial.experiment_id == experiment_id)
    return session.scalar(query) or 0


def _locked(session: Session, experiment_id: int) -> Search:
    """The search; nobody else decides until this transaction ends."""
    search_standing.existing(session, experiment_id)
    query = select(Search).where(Search.experiment_id == experiment_id).with_for_update()
    return session.scalars(query, execution_options={"populate_existing": True}).one()
