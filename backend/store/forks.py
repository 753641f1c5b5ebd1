"""Forks: runs that continue another run from the end of one of its epochs on.

A fork is a run like any other. Its epochs 1 to k are copies of its parent's rows, made when it is
submitted, and the checkpoint of epoch k is a file of its own (fork_files.py): so no reader needs to
know of forks, and the parent may be deleted at any time (docs/decisions/0019-forks.md).
Functions do not commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, insert, literal, select
from sqlalchemy.orm import Session

from backend.core.run_states import RunSource
from backend.core.settings import Settings
from backend.store import fork_files
from backend.store.checkpoints import Checkpoint
from backend.store.errors import Conflict, NotFound, Unfit
from backend.store.matrix_records import CODECS
from backend.store.requests import submit_many
from backend.store.run_identity import identity_of
from backend.store.run_names import fork_name
from backend.store.run_summary import recount
from backend.store.tables import Base, Epoch, Experiment, Matrix, MatrixBand, Run, RunTag
from ols.errors import FieldError, ForkError
from ols.spec.assignments import assign
from ols.spec.fork import KEPT, Start, forked
from ols.spec.metrics import metric
from ols.spec.run_spec import RunSpec
from ols.spec.sweep import MOST_FIELDS, Sweep

MOST_NAMED = 12  # checkpoints that a refusal names
_AT_THE_END = ("holdout", "attacks", "ensemble")  # when a metric exists: ols.spec.metric.WHEN


@dataclass(frozen=True)
class Wish:
    """A fork as it is asked for: after `epoch` of its parent, with these `changes` of the spec
    (dotted path -> value). `retrain`: up to there again, where the checkpoint is gone."""

    epoch: int
    changes: Mapping[str, Any] = field(default_factory=dict)
    start: Start = KEPT
    name: str | None = None
    retrain: bool = False


@dataclass(frozen=True)
class Plan:
    """What a fork would be: its parent with its spec, its own spec and name."""

    parent: Run
    before: RunSpec
    spec: RunSpec
    name: str


def fork(session: Session, config: Settings, run_id: int, wish: Wish) -> Run:
    """Inserts a queued run that continues another.

    Raises NotFound; ForkError or Unfit where the wish does not fit the run; Conflict where the run
    has no checkpoint to begin from; FilesUnreachable.
    """
    _lock(session, run_id)
    return _queue(session, config, wish, plan(session, run_id, wish))


def fork_many(session: Session, config: Settings, run_id: int, wishes: Sequence[Wish]) -> list[Run]:
    """The same for several, whose faults have paths like `forks.3.set.method.alpha`; more than one
    are an experiment."""
    _lock(session, run_id)
    plans = []
    for place, wish in enumerate(wishes):  # all of them before the first file is linked
        base = f"forks.{place}"
        try:
            plans.append(plan(session, run_id, wish))
        except ForkError as error:
            faults = [FieldError(f"{base}.{fault.path}", fault.message) for fault in error.fields]
            raise ForkError(faults) from None
        except Unfit as error:
            raise Unfit(f"{base}.{error.field}", str(error)) from None
    experiment = _experiment(session, wishes, plans) if len(wishes) > 1 else None
    return [
        _queue(session, config, wish, planned, experiment)
        for wish, planned in zip(wishes, plans, strict=True)
    ]


def _experiment(session: Session, wishes: Sequence[Wish], plans: Sequence[Plan]) -> int:
    """Inserts that of several forks: what they vary is its grid, what they share its spec."""
    parent = plans[0].parent
    paths = dict.fromkeys(path for wish in wishes for path in wish.changes)
    values = {path: _distinct([wish.changes.get(path) for wish in wishes]) for path in paths}
    grid = {path: several for path, several in values.items() if len(several) > 1}
    shared = dict(parent.spec)
    for path, several in values.items():
        if path not in grid:
            assign(shared, path, several[0])
    shown = dict(islice(grid.items(), MOST_FIELDS)) or {"seed": [parent.spec["seed"]]}
    epochs = sorted({wish.epoch for wish in wishes})
    at = f"epoch {epochs[0]}" if len(epochs) == 1 else f"epochs {epochs[0]} to {epochs[-1]}"
    name = f"Forks of #{parent.id} at {at}: {', '.join(grid) or 'seeds of what follows'}"
    experiment = Experiment(
        name=name[:200],
        sweep=Sweep.parse({"spec": shared, "grid": shown}).model_dump(mode="json"),
        created_at=datetime.now(UTC),
    )
    session.add(experiment)
    session.flush()
    return experiment.id


def _distinct(values: Sequence[Any]) -> list[Any]:
    """Each once, in their order, without those of forks that leave the field as it is."""
    return [
        value
        for place, value in enumerate(values)
        if value is not None and value not in values[:place]
    ]


def plan(session: Session, run_id: int, wish: Wish) -> Plan:
    """What the fork would be. Raises NotFound, ForkError, Unfit, and Conflict for a logged run."""
    parent = session.scalar(select(Run).where(Run.id == run_id, Run.deleted_at.is_(None)))
    if parent is None:
        raise NotFound(f"There is no run {run_id}.")
    if parent.source == RunSource.LOGGED:
        raise Conflict(
            f"Run {run_id} was logged by a loop of its own and can't be forked: the lab has "
            "no checkpoint of it."
        )
    _check_epoch(parent, wish.epoch)
    before = RunSpec.parse(parent.spec)
    rest = wish.start.schedule == "rest"
    schedule_from = wish.epoch if rest else _schedule_from(parent.fork_point)
    spec = forked(before, wish.epoch, wish.changes, schedule_from)
    seed = None if wish.start.rng == wish.start.order == "kept" else wish.start.seed
    name = wish.name or fork_name(parent.name, wish.epoch, before, spec, seed)
    return Plan(parent, before, spec, name)


def of(session: Session, run_id: int) -> list[int]:
    """The run's forks, oldest first."""
    mine = (Run.parent_id == run_id, Run.deleted_at.is_(None))
    return list(session.scalars(select(Run.id).where(*mine).order_by(Run.id)))


def _lock(session: Session, run_id: int) -> None:
    """Nobody deletes the run until the fork is there."""
    session.execute(select(Run.id).where(Run.id == run_id).with_for_update())


def _queue(
    session: Session,
    config: Settings,
    wish: Wish,
    planned: Plan,
    experiment_id: int | None = None,
) -> Run:
    parent, before, spec = planned.parent, planned.before, planned.spec
    identity = identity_of(session, parent.id)
    own = fork_files.own_checkpoints(config, identity, parent.fork_epoch or 0)
    source = _nearest(parent, wish, own)
    tags = session.scalars(select(RunTag.tag).where(RunTag.run_id == parent.id)).all()
    try:
        (run,) = submit_many(
            session,
            [spec],
            name=planned.name,
            tags=tags,
            priority=parent.priority,
            experiment_id=experiment_id,
            whence={"fork_of": parent.id, "epoch": wish.epoch},
        )
    except Unfit as error:  # a label set; a fork's fields have another place in the request
        raise Unfit(error.field.replace("spec.", "set.", 1), str(error)) from None
    run.parent_id, run.fork_epoch, run.epoch = parent.id, wish.epoch, wish.epoch
    run.classes, run.label_counts = parent.classes, parent.label_counts
    run.fork_point = {
        "run": parent.id,
        "epoch": wish.epoch,
        "start": wish.start.model_dump(mode="json"),
        # What it takes to train up to there again: these may be deleted with the parent.
        "spec": parent.spec,
        "threads": parent.info.get("threads"),
        "precision": parent.info.get("precision"),
        "fork_point": parent.fork_point,
    }
    same_labels = (before.noise, before.labels) == (spec.noise, spec.labels)
    _copy_epochs(session, parent, run, same_labels=same_labels)
    session.flush()
    recount(session, run)
    session.flush()
    fork_files.take_over(config, identity, identity_of(session, run.id), source)
    return run


def _check_epoch(parent: Run, epoch: int) -> None:
    if parent.fork_epoch is not None and epoch <= parent.fork_epoch:
        shared = f"epochs 1 to {parent.fork_epoch} of run {parent.id} are run {parent.parent_id}'s"
        raise Unfit("epoch", f"{shared}: fork run {parent.parent_id} there")
    if epoch > parent.epoch:
        so_far = f"epoch {parent.epoch}" if parent.epoch else "none"
        raise Unfit("epoch", f"run {parent.id} has not recorded it; its last epoch is {so_far}")


def _schedule_from(fork_point: Mapping[str, Any] | None) -> int:
    """The epoch after which a run's schedule begins; of one that is no fork 0."""
    if fork_point is None:
        return 0
    rest = fork_point["start"]["schedule"] == "rest"
    return int(fork_point["epoch"]) if rest else _schedule_from(fork_point["fork_point"])


def _nearest(parent: Run, wish: Wish, own: Sequence[Checkpoint]) -> Checkpoint | None:
    """The checkpoint to begin from, or with `retrain` the last one before it; None: there is none
    among the parent's `own`. Raises Conflict."""
    source = next((one for one in reversed(own) if one.epoch <= wish.epoch), None)
    begins = source.epoch if source else parent.fork_epoch or 0
    if begins == wish.epoch or wish.retrain:
        return source
    epochs = [str(one.epoch) for one in own]
    there = f"only those of {', '.join(epochs[-MOST_NAMED:])}" if epochs else "none at all"
    again = "1 epoch" if wish.epoch - begins == 1 else f"{wish.epoch - begins} epochs"
    raise Conflict(
        f"Run {parent.id} keeps no checkpoint of epoch {wish.epoch}, {there}. With "
        f'"retrain": true the fork trains {again} again first, from '
        f"{f'epoch {begins}' if begins else 'the beginning'}, exactly as the run did."
    )


def _copy_epochs(session: Session, parent: Run, run: Run, *, same_labels: bool) -> None:
    kinds = [kind for kind in CODECS if same_labels or kind != "noise_transition"]
    assert run.fork_epoch is not None
    upto = run.fork_epoch
    _copy(session, Epoch, parent.id, run.id, Epoch.epoch <= upto, attempt=0)
    _copy(session, Matrix, parent.id, run.id, Matrix.epoch <= upto, Matrix.kind.in_(kinds))
    _copy(
        session, MatrixBand, parent.id, run.id, MatrixBand.epoch <= upto, MatrixBand.kind.in_(kinds)
    )
    last = session.get_one(Epoch, (run.id, upto))
    # What the parent measured once, because there it was the last epoch.
    last.metrics = {
        name: value
        for name, value in last.metrics.items()
        if metric(name).exists not in _AT_THE_END
    }


def _copy(
    session: Session,
    table: type[Base],
    source: int,
    target: int,
    *where: ColumnElement[bool],
    **other: Any,
) -> None:
    """The rows of one run as those of another, without a way through this process."""
    columns = table.__table__.columns
    values = {"run_id": target, **other}
    rows = select(
        *(literal(values[c.name]).label(c.name) if c.name in values else c for c in columns)
    ).where(columns["run_id"] == source, *where)
    session.execute(insert(table).from_select([c.name for c in columns], rows))
