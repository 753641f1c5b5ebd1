"""Which precision a run with `auto` takes on a CPU: settled once, before its first step.

It changes what is computed, so it never changes afterwards, and the runs of an experiment, which
are compared, take the same.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.schemas.runs import RunDetail
from backend.store.claims import Claim, held
from backend.store.tables import Experiment, Run


def settle(session: Session, claim: Claim, wish: str) -> str | None:
    """The run's precision: what an attempt before took, else another run of its experiment, else
    `wish`. None: the claim does not hold its run any more."""
    run = session.scalar(select(Run).where(*held(claim)).with_for_update())
    if run is None:
        return None
    precision = run.info.get("precision") or _of_experiment(session, run) or wish
    run.info = {**run.info, "device": "cpu", "precision": precision}
    return str(precision)


def taken(run: RunDetail) -> str:
    """What `auto` became in a run that has begun; empty where the spec names a precision."""
    asked = run["spec"] and run["spec"].get("precision")
    return run["info"].get("precision", "") if asked == "auto" else ""


def _of_experiment(session: Session, run: Run) -> str | None:
    """What another of its experiment's runs took on a CPU with `auto`; None: none has begun."""
    if run.experiment_id is None:
        return None
    # Locked, for two runs that begin at once must agree.
    session.execute(
        select(Experiment.id).where(Experiment.id == run.experiment_id).with_for_update()
    )
    precision = Run.info["precision"].as_string()
    return session.scalar(
        select(precision)
        .where(
            Run.experiment_id == run.experiment_id,
            Run.id != run.id,
            Run.spec["precision"].as_string() == "auto",
            Run.info["device"].as_string() == "cpu",
            precision.is_not(None),
        )
        .order_by(Run.id)
        .limit(1)
    )
