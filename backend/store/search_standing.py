"""Where a search stands: its settings with their runs, read off the database at one moment.

A search is an experiment whose settings are proposed one after the other (ols.search); what is
decided on a `Standing` is stored by backend/store/searches.py. Functions here change nothing;
raises NotFound for an experiment that is no search.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, or_, select
from sqlalchemy.orm import Session

from backend.core.run_states import ACTIVE, CUT_SHORT, RunState
from backend.schemas.searches import Importance, SearchState, TrialState
from backend.store.errors import NotFound
from backend.store.tables import Attempt, Epoch, Experiment, Run, Search, Trial
from backend.store.time_estimate import slots_online
from ols.spec.search import Objective
from ols.spec.sweep import Sweep


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
        if trial.pruned_at is not None or not trial.runs:
            return []
        return self.sweep.rungs(trial.runs[0].epochs)[trial.rungs :]


def is_search(session: Session, experiment_id: int) -> bool:
    """False for an experiment whose runs were all known from the beginning."""
    return session.get(Search, experiment_id) is not None


def sweep_of(session: Session, experiment_id: int) -> Sweep:
    """What the search looks for and where."""
    existing(session, experiment_id)
    return Sweep.parse(session.get_one(Experiment, experiment_id).sweep)


def unfinished(session: Session) -> list[int]:
    """Experiments whose search may have something to decide."""
    waiting = exists().where(
        Run.experiment_id == Search.experiment_id, Run.trial.is_not(None), Run.state.in_(ACTIVE)
    )
    query = select(Search.experiment_id).where(or_(Search.closed.is_(False), waiting))
    return list(session.scalars(query.order_by(Search.experiment_id)))


def pulse(session: Session, experiment_id: int) -> tuple[Any, ...]:
    """Something that is another whenever a search may have something to decide, at little cost."""
    runs = session.execute(
        select(Run.state, func.count(), func.sum(Run.epoch))
        .where(Run.experiment_id == experiment_id, Run.deleted_at.is_(None))
        .group_by(Run.state)
        .order_by(Run.state)
    )
    experiment = session.get_one(Experiment, experiment_id)
    version = existing(session, experiment_id).version
    return version, experiment.parallel, slots_online(session), *map(tuple, runs)


def standing(session: Session, experiment_id: int) -> Standing:
    """The search as it stands."""
    search = existing(session, experiment_id)
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
    """The mean over a setting's runs, at each epoch of comparison that all of them have.

    In the form of the objective: the value there, or the best until there.
    """
    lengths = {run.epochs for row in rows.values() for run in row.runs}
    rungs = {epoch for epochs in lengths for epoch in sweep.rungs(epochs)}
    owner = {run.id: row for row in rows.values() for run in row.runs}
    values: dict[tuple[int, int], list[float]] = {}
    for epoch in sorted(rungs):
        for run_id, value in _until(session, experiment_id, sweep.goal, epoch):
            if value is not None and run_id in owner:  # else it is deleted
                values.setdefault((owner[run_id].number, epoch), []).append(value)
    for (number, epoch), each in values.items():
        if len(each) == len(rows[number].runs):
            rows[number].at_rungs[epoch] = sum(each) / len(each)


def _until(
    session: Session, experiment_id: int, goal: Objective, epoch: int
) -> Sequence[Row[int, float | None]]:
    """The id and the objective's value of every run that has this epoch."""
    mine = (Run.experiment_id == experiment_id, Run.trial.is_not(None), Run.epoch >= epoch)
    value = Epoch.metrics[goal.metric].as_float()
    query = select(Epoch.run_id, value).join(Run, Run.id == Epoch.run_id).where(*mine)
    if goal.at != "best":
        return session.execute(query.where(Epoch.epoch == epoch)).all()
    best = func.max(value) if goal.measured.better == "max" else func.min(value)
    query = select(Epoch.run_id, best).join(Run, Run.id == Epoch.run_id).where(*mine)
    return session.execute(query.where(Epoch.epoch <= epoch).group_by(Epoch.run_id)).all()


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
    weighed = existing(session, experiment_id).importance
    if not weighed or not weighed["shares"]:
        return None
    return {"of": weighed["of"], "epoch": weighed["epoch"], "shares": weighed["shares"]}


def given_up(run: type[Run]) -> ColumnElement[bool]:
    """True of runs of a setting that its search gave up."""
    return exists().where(
        Trial.experiment_id == run.experiment_id,
        Trial.number == run.trial,
        Trial.pruned_at.is_not(None),
    )


def existing(session: Session, experiment_id: int) -> Search:
    search = session.get(Search, experiment_id)
    if search is None:
        raise NotFound(f"Experiment {experiment_id} is no search.")
    return search


def _runs_left(session: Session, search: Search, proposed: int) -> float:
    allowed = search.hours_allowed
    if allowed is not None and hours(session, search.experiment_id) >= allowed:
        return 0
    return float("inf") if search.runs_allowed is None else search.runs_allowed - proposed


def hours(session: Session, experiment_id: int) -> float:
    """What its runs have trained, those that train just now included."""
    now = datetime.now(UTC)
    rows = session.execute(
        select(Attempt.started_at, Attempt.ended_at)
        .join(Run, Run.id == Attempt.run_id)
        .where(Run.experiment_id == experiment_id)
    ).all()
    return sum(((row.ended_at or now) - row.started_at).total_seconds() for row in rows) / 3600
