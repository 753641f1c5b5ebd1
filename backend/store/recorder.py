"""Stores what a trainer reports: one transaction a report, fenced by the claim's attempt.

Each function renews the lease in the same round trip and answers what the trainer should do:
`behind` means that the database lacks epochs which the trainer builds on, so it must go back.
Recording an epoch twice leaves what recording it once does.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from backend.matrix import frames
from backend.schemas.events import EpochEvent
from backend.schemas.runs import RunProgress
from backend.store import (
    audits,
    claims,
    confused,
    events,
    matrices,
    matrix_records,
    reliability,
    samples,
)
from backend.store.claims import Answer, Claim, answer, held
from backend.store.jsonable import clean_text, finite, finite_values
from backend.store.run_summary import recount, set_summary
from backend.store.summary import updated
from backend.store.tables import Epoch, Run
from backend.store.transitions import state_event
from backend.store.upsert import upsert
from ols.spec.parts.noise import FROM_FILE
from ols.training.epoch_report import ClassSamples, EpochReport, Progress, RunInfo, SampleAudit

BEHIND = (
    "The database lacks epoch {}, as after a backup was restored; the run resumes from the epoch "
    "before it."
)


def record_info(session: Session, claim: Claim, info: RunInfo) -> Answer:
    """Stores the run's facts and S^0; forgets epochs after the one that is resumed from."""
    before = {"soft_labels": info.initial_soft_labels}
    if info.transition is not None:
        before["noise_transition"] = info.transition
    initial = matrix_records.encode(claim.run_id, 0, before)
    run = _held_run(session, claim)
    if run is None:
        return "lost"
    plain = {f.name: getattr(info, f.name) for f in fields(info)}
    run.classes = [clean_text(name) for name in plain.pop("classes")]
    del plain["initial_soft_labels"], plain["transition"]
    labelled, corrupted = plain.pop("labelled"), plain.pop("corrupted_of")
    run.label_counts = {"labelled": list(labelled), "corrupted": list(corrupted)}
    run.info = plain
    if run.spec["noise"]["kind"] in FROM_FILE:  # whole percents: a holdout changes the rest
        run.noise_rate = round(info.corrupted / max(info.train_size, 1), 2)
    samples.forget_other_classes(session, run.spec, run.classes)
    if info.resumed_epoch > run.epoch:
        return "behind"
    _forget_after(session, run, info.resumed_epoch)
    if info.resumed_epoch == 0:  # the data may have changed since the attempt before
        matrix_records.forget(session, run.id, after=-1)
    there = [kind for kind in before if matrices.version(session, run.id, kind, 0)]
    matrix_records.write(session, initial.without(there))
    session.flush()
    events.append(session, run.id, "state", state_event(run))
    return answer(run.cancel_requested, run.pause_requested)


def record_samples(session: Session, claim: Claim, class_samples: ClassSamples) -> Answer:
    """Stores sample images of the run's dataset, for this run and all others on it."""
    run = _held_run(session, claim)
    if run is None:
        return "lost"
    samples.record(session, run.spec, run.classes or [], class_samples)
    return answer(run.cancel_requested, run.pause_requested)


def record_audit(session: Session, claim: Claim, audit: SampleAudit) -> Answer:
    """Stores what the run says of its training labels, in place of what an attempt before said."""
    kinds = {audits.joint_kind(name): joint for name, joint in audit.joints.items()}
    codecs = dict.fromkeys(kinds, frames.U16LOG)
    run = _held_run(session, claim)
    if run is None:
        return "lost"
    encoded = matrix_records.encode(run.id, run.epoch, kinds, codecs)
    matrix_records.forget_kinds(session, run.id, list(kinds))
    matrix_records.write(session, encoded)
    audits.record(session, run, audit)
    return answer(run.cancel_requested, run.pause_requested)


def record_progress(
    session: Session, claim: Claim, progress: Progress, lease_seconds: float
) -> Answer:
    """Stores where the run is within its epoch."""
    values = {
        "stage": progress.stage,
        "step": progress.step,
        "steps": progress.steps,
        "eta_seconds": finite(progress.eta_seconds),
        "images_per_second": finite(progress.images_per_second),
    }
    row = session.execute(
        update(Run)
        .where(*held(claim))
        .values(**values, lease_expires_at=_lease(lease_seconds))
        .returning(Run.epoch, Run.epochs, Run.cancel_requested, Run.pause_requested)
    ).one_or_none()
    if row is None:
        return "lost"
    data: RunProgress = {
        "stage": progress.stage,
        "epoch": row.epoch,
        "epochs": row.epochs,
        "step": progress.step,
        "steps": progress.steps,
        "eta_seconds": finite(progress.eta_seconds),
        "images_per_second": finite(progress.images_per_second),
    }
    events.append(session, claim.run_id, "progress", data)
    return answer(row.cancel_requested, row.pause_requested)


def record_epoch(
    session: Session,
    claim: Claim,
    report: EpochReport,
    lease_seconds: float,
    disk_bytes: int | None = None,
) -> Answer:
    """Stores an epoch's metrics and matrices, and renews the run's summary.

    `disk_bytes` is what its files take now, where that is known.
    """
    # Encoding comes before the first query: SQLite's write lock is not held meanwhile.
    encoded = matrix_records.encode(claim.run_id, report.epoch, report.matrices)
    run = _held_run(session, claim)
    if run is None:
        return "lost"
    metrics = finite_values(report.metrics)
    warnings = [clean_text(text) for text in report.warnings]
    if report.epoch > run.epoch + 1:
        return "behind"
    if report.epoch <= run.epoch:
        _forget_after(session, run, report.epoch - 1)
    epoch = {"run_id": run.id, "epoch": report.epoch, "attempt": claim.attempt}
    extra = {"metrics": metrics, "warnings": warnings, "recorded_at": datetime.now(UTC)}
    extra["reliability"] = reliability.packed(report.reliability)
    extra["confused"] = confused.packed(report.confused)
    upsert(session, Epoch, [{**epoch, **extra}])
    confused.record_pictures(session, run.spec, report.confused)
    matrix_records.write(session, encoded)
    if (every := run.spec.get("keep_matrices", 1)) > 1:  # older specs kept all
        matrix_records.thin(session, run.id, report.epoch, every)
    run.epoch = report.epoch
    run.stage, run.step = "training", 0
    run.eta_seconds = finite(report.eta_seconds)
    run.lease_expires_at = _lease(lease_seconds)
    if disk_bytes is not None:
        run.disk_bytes = disk_bytes
    set_summary(session, run, updated(run.summary, metrics, report.epoch))
    session.flush()
    data: EpochEvent = {
        "epoch": run.epoch,
        "epochs": run.epochs,
        "attempt": claim.attempt,
        "eta_seconds": run.eta_seconds,
        "metrics": metrics,
        "matrices": encoded.versions(),
        "warnings": warnings,
    }
    events.append(session, run.id, "epoch", data)
    return answer(run.cancel_requested, run.pause_requested)


def finish(session: Session, claim: Claim) -> bool:
    """running -> finished; or queued again, from before the first epoch that is not recorded.

    False when the claim does not hold its run any more.
    """
    run = _held_run(session, claim)
    if run is None:
        return False
    if _first_missing(session, run) is None:
        return claims.finish(session, claim)
    return step_back(session, claim)


def step_back(session: Session, claim: Claim) -> bool:
    """running -> queued, to resume from before the first epoch that is not recorded."""
    run = _held_run(session, claim)
    if run is None:
        return False
    missing = _first_missing(session, run) or run.epochs
    _forget_after(session, run, missing - 1)
    session.flush()
    return claims.requeue(session, claim, BEHIND.format(missing))


def _first_missing(session: Session, run: Run) -> int | None:
    """The first of the run's epochs that is not recorded; None when all are."""
    query = select(Epoch.epoch).where(Epoch.run_id == run.id).order_by(Epoch.epoch)
    expected = 1
    for epoch in session.scalars(query):
        if epoch != expected:
            break
        expected += 1
    return None if expected > run.epochs else expected


def record_disk_use(session: Session, claim: Claim, disk_bytes: int) -> None:
    """What the run's files take; also after its end, but not once it was claimed again."""
    ours = (Run.id == claim.run_id, Run.attempt == claim.attempt)
    session.execute(update(Run).where(*ours).values(disk_bytes=disk_bytes))


def _held_run(session: Session, claim: Claim) -> Run | None:
    """The claim's run, locked, or None when the claim does not hold it any more."""
    return session.scalar(select(Run).where(*held(claim)).with_for_update())


def _lease(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def _forget_after(session: Session, run: Run, epoch: int) -> None:
    """Removes what an older attempt recorded after `epoch`; it will be recorded anew."""
    if run.epoch <= epoch:
        return
    session.execute(delete(Epoch).where(Epoch.run_id == run.id, Epoch.epoch > epoch))
    matrix_records.forget(session, run.id, epoch)
    run.epoch = epoch
    recount(session, run)
