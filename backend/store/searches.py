"""Searches: experiments whose settings are proposed one after the other (ols.search).

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

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from backend.core.run_actions import Action
from backend.core.run_states import ACTIVE, CUT_SHORT, RunState
from backend.schemas.searches import Importance, SearchState, TrialState
from backend.store import label_sets, requests
from backend.store.errors import Conflict, NotFound
from backend.store.tables import Attempt, Epoch, Experiment, Run, Search, Trial
from backend.store.time_estimate import slots_online
from ols.spec.search import Halving
from ols.spec.sweep import Sweep, check_search, setting


@dataclass(frozen=True)
class TrialRun:
    """One of a setting's runs."""

    id: int
    state: RunState
    seed: int
    epoch: int
    epochs: int
    summary: Mapping[str, Any]


@dataclass(frozen=True)
class TrialRow:
    """One setting, its runs, and the metric at the epochs at which settings are compared."""

    number: int
    combination: dict[str, Any]
    rungs: int
    pruned_at: int | None
    created_at: datetime
    runs: list[TrialRun] = field(default_factory=list)
    at_rungs: dict[int, float] = field(default_factory=dict)

    @property
    def state(self) -> TrialState:
        """What became of it, read off its runs."""
        states = {run.state for run in self.runs}
        if not states:
            return "deleted"
        if states == {RunState.FINISHED}:
            return "complete"
        if states & set(CUT_SHORT):
            return "failed"
        if states & set(ACTIVE):
            return "open"
        return "paused" if self.pruned_at is None else "pruned"

    @property
    def epoch(self) -> int:
        """The last epoch that all its runs have."""
        return min((run.epoch for run in self.runs), default=0)

    def value(self, sweep: Sweep) -> float | None:
        """The objective's mean over its runs; of one that was given up, where it stood then."""
        if self.state == "pruned":
            return self.at_rungs.get(self.pruned_at or 0)
        if self.state != "complete":
            return None
        values = [sweep.goal.value(run.summary) for run in self.runs]
        known = [value for value in values if value is not None]
        return sum(known) / len(known) if len(known) == len(values) else None


@dataclass(frozen=True)
class Standing:
    """A search as it was at one moment."""

    experiment_id: int
    sweep: Sweep
    version: int
    stopped: bool
    closed: bool
    runs_left: float  # of the budget; infinite without one
    at_once: int  # runs
    waiting: int  # runs that are queued or running
    resumed_after: int  # the last setting when a user last resumed it
    weighed: int  # settings that the last importance is of
    trials: list[TrialRow]

    def rungs(self, trial: TrialRow) -> list[int]:
        """The epochs at which this setting is still to be compared."""
        if self.sweep.pruner != "asha" or trial.pruned_at is not None or not trial.runs:
            return []
        halving = self.sweep.halving or Halving()
        return halving.rungs(trial.runs[0].epochs)[trial.rungs :]


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


def unfinished(session: Session) -> list[int]:
    """Experiments whose search may have something to decide."""
    waiting = exists().where(
        Run.experiment_id == Search.experiment_id, Run.trial.is_not(None), Run.state.in_(ACTIVE)
    )
    query = select(Search.experiment_id).where(or_(Search.closed.is_(False), waiting))
    return list(session.scalars(query.order_by(Search.experiment_id)))


def is_search(session: Session, experiment_id: int) -> bool:
    """False for an experiment whose runs were all known from the beginning."""
    return session.get(Search, experiment_id) is not None


def sweep_of(session: Session, experiment_id: int) -> Sweep:
    """What the search looks for and where."""
    _existing(session, experiment_id)
    return Sweep.parse(session.get_one(Experiment, experiment_id).sweep)


def pulse(session: Session, experiment_id: int) -> tuple[Any, ...]:
    """Something that is another whenever a search may have something to decide, at little cost."""
    runs = session.execute(
        select(Run.state, func.count(), func.sum(Run.epoch))
        .where(Run.experiment_id == experiment_id, Run.deleted_at.is_(None))
        .group_by(Run.state)
        .order_by(Run.state)
    )
    experiment = session.get_one(Experiment, experiment_id)
    version = _existing(session, experiment_id).version
    return version, experiment.parallel, slots_online(session), *map(tuple, runs)


def standing(session: Session, experiment_id: int) -> Standing:
    """The search as it stands."""
    search = _existing(session, experiment_id)
    experiment = session.get_one(Experiment, experiment_id)
    sweep = Sweep.parse(experiment.sweep)
    rows = trials(session, experiment_id, sweep)
    waiting = sum(run.state in ACTIVE for row in rows for run in row.runs)
    at_once = max(1, slots_online(session))
    return Standing(
        experiment_id=experiment_id,
        sweep=sweep,
        version=search.version,
        stopped=search.stopped,
        closed=search.closed,
        runs_left=_runs_left(session, search, len(rows) * sweep.goal.seeds),
        at_once=min(at_once, experiment.parallel or at_once),
        waiting=waiting,
        resumed_after=search.resumed_after,
        weighed=(search.importance or {}).get("of", 0),
        trials=rows,
    )


def trials(session: Session, experiment_id: int, sweep: Sweep) -> list[TrialRow]:
    """Its settings with their runs, in the order in which they were proposed."""
    own = select(Trial).where(Trial.experiment_id == experiment_id).order_by(Trial.number)
    rows = {
        trial.number: TrialRow(
            trial.number, trial.combination, trial.rungs, trial.pruned_at, trial.created_at
        )
        for trial in session.scalars(own)
    }
    mine = (
        Run.experiment_id == experiment_id,
        Run.trial.is_not(None),
        Run.deleted_at.is_(None),
    )
    columns = (Run.state, Run.spec["seed"].as_integer(), Run.epoch, Run.epochs, Run.summary)
    query = select(Run.trial, Run.id, *columns).where(*mine).order_by(Run.id)
    for number, run_id, state, *others in session.execute(query):
        rows[number].runs.append(TrialRun(run_id, RunState(state), *others))
    if sweep.pruner == "asha" and rows:
        _read_rungs(session, experiment_id, sweep, rows)
    return list(rows.values())


def _read_rungs(
    session: Session, experiment_id: int, sweep: Sweep, rows: Mapping[int, TrialRow]
) -> None:
    """The mean over a setting's runs, at each epoch of comparison that all of them have."""
    lengths = {run.epochs for row in rows.values() for run in row.runs}
    halving = sweep.halving or Halving()
    rungs = sorted({epoch for epochs in lengths for epoch in halving.rungs(epochs)})
    owner = {run.id: row for row in rows.values() for run in row.runs}
    query = select(Epoch.run_id, Epoch.epoch, Epoch.metrics[sweep.goal.metric].as_float())
    values: dict[tuple[int, int], list[float]] = {}
    for run_id, epoch, value in session.execute(
        query.join(Run, Run.id == Epoch.run_id).where(
            Run.experiment_id == experiment_id, Run.trial.is_not(None), Epoch.epoch.in_(rungs)
        )
    ):
        if value is not None and run_id in owner:  # else it is deleted
            values.setdefault((owner[run_id].number, epoch), []).append(value)
    for (number, epoch), found in values.items():
        if len(found) == len(rows[number].runs):
            rows[number].at_rungs[epoch] = sum(found) / len(found)


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


def states(session: Session, experiment_ids: Sequence[int]) -> dict[int, SearchState]:
    """How far those of these experiments are that are searches."""
    count = (
        select(func.count()).where(Trial.experiment_id == Search.experiment_id).scalar_subquery()
    )
    paused = (
        select(func.count())
        .where(
            Run.experiment_id == Search.experiment_id,
            Run.state == RunState.PAUSED,
            Run.deleted_at.is_(None),
            given_up(Run),
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(Search, count, paused).where(Search.experiment_id.in_(experiment_ids))
    )
    return {
        search.experiment_id: {
            "stopped": search.stopped,
            "closed": search.closed,
            "problem": search.problem,
            "trials": trials,
            "given_up": given_up_runs,
            "runs_allowed": search.runs_allowed,
            "hours_allowed": search.hours_allowed,
        }
        for search, trials, given_up_runs in rows
    }


def importance(session: Session, experiment_id: int) -> Importance | None:
    """As a worker last computed it; None while too few settings have ended."""
    weighed = _existing(session, experiment_id).importance
    if not weighed or not weighed["shares"]:
        return None
    return {"of": weighed["of"], "epoch": weighed["epoch"], "shares": weighed["shares"]}


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
    if not is_search(session, experiment_id):
        return
    if action in (Action.PAUSE, Action.CANCEL):
        stop(session, experiment_id)
    elif action == Action.RESUME:
        resume(session, experiment_id)


def given_up(run: type[Run]) -> ColumnElement[bool]:
    """True of runs of a setting that its search gave up."""
    return exists().where(
        Trial.experiment_id == run.experiment_id,
        Trial.number == run.trial,
        Trial.pruned_at.is_not(None),
    )


def add_trials(session: Session, experiment_id: int, more: int) -> None:
    """Allows so many settings more, and resumes. Raises Conflict where a grid has no more."""
    search = _locked(session, experiment_id)
    sweep = sweep_of(session, experiment_id)
    if sweep.search == "grid" and search.closed and search.runs_allowed is None:
        raise Conflict("All combinations of the grid are tried; submit it again with more values.")
    allowed = search.hours_allowed
    if allowed is not None and _hours(session, experiment_id) >= allowed:
        search.hours_allowed = None
    seeds = sweep.goal.seeds
    so_far = search.runs_allowed or _proposed(session, experiment_id) * seeds
    search.runs_allowed = so_far + more * seeds
    resume(session, experiment_id)


def _proposed(session: Session, experiment_id: int) -> int:
    """How many settings there are: the number of the last one."""
    query = select(func.max(Trial.number)).where(Trial.experiment_id == experiment_id)
    return session.scalar(query) or 0


def _existing(session: Session, experiment_id: int) -> Search:
    search = session.get(Search, experiment_id)
    if search is None:
        raise NotFound(f"Experiment {experiment_id} is no search.")
    return search


def _locked(session: Session, experiment_id: int) -> Search:
    """The search; nobody else decides until this transaction ends."""
    _existing(session, experiment_id)
    query = select(Search).where(Search.experiment_id == experiment_id).with_for_update()
    return session.scalars(query, execution_options={"populate_existing": True}).one()


def _runs_left(session: Session, search: Search, proposed: int) -> float:
    allowed = search.hours_allowed
    if allowed is not None and _hours(session, search.experiment_id) >= allowed:
        return 0
    return float("inf") if search.runs_allowed is None else search.runs_allowed - proposed


def _hours(session: Session, experiment_id: int) -> float:
    """What its runs have trained, those that train just now included."""
    now = datetime.now(UTC)
    rows = session.execute(
        select(Attempt.started_at, Attempt.ended_at)
        .join(Run, Run.id == Attempt.run_id)
        .where(Run.experiment_id == experiment_id)
    ).all()
    return sum(((row.ended_at or now) - row.started_at).total_seconds() for row in rows) / 3600
