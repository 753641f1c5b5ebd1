"""What `python -m backend doctor` checks: each finding says what is so and what to do.

A check raises nothing: that it could not find something out is a finding too.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.analysis.formats import size
from backend.cli.finding import Finding
from backend.cli.notify_checks import notifications
from backend.cli.slurm_checks import ONCE, shared_files, slurm_job
from backend.core import celery_queue
from backend.core.code_version import code_version, differs, words
from backend.core.redaction import without_password
from backend.core.settings import Settings
from backend.core.slurm_job import job_number
from backend.core.worker_command import worker_command
from backend.schemas.workers import WorkerDetail
from backend.store import runs, workers
from backend.store.database import REVISION, Database, connect
from backend.store.disk_space import usage
from backend.store.errors import FilesUnreachable, SchemaMismatch, Unreachable
from backend.store.objects import object_store

LITTLE, SCARCE = 1e9, 10e9  # free bytes: an error, a warning
MUCH_FREE = 256 * 2**20  # bytes inside the database's file
SKEW = 5.0  # seconds between two clocks; a worker counts as offline after 15


def examine(config: Settings) -> Iterator[Finding]:
    """All checks in turn; those that need the database only where it answers."""
    yield _settings(config)
    yield from slurm_job(config)
    yield _disk(config)
    database, finding = _database(config)
    yield finding
    yield _broker(config)
    if finding_of_files := _files(config):
        yield finding_of_files
    if database is not None:
        try:
            yield from _space(database)
            yield from _inside(config, database)
        finally:
            database.dispose()


def _settings(config: Settings) -> Finding:
    readable = {f"OLS_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(
        name
        for name in os.environ
        if name.upper().startswith("OLS_") and name.upper() not in readable
    )
    if unknown:
        names = ", ".join(unknown)
        advice = "Compare the names with .env.example; a misspelt name is ignored."
        return Finding("settings", "warning", f"unknown settings: {names}", advice)
    given = sorted(f"OLS_{name.upper()}" for name in config.model_fields_set)
    return Finding("settings", "ok", f"set: {', '.join(given)}" if given else "all defaults")


def _disk(config: Settings) -> Finding:
    folder = config.data_dir
    place = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(place, os.W_OK):
        advice = "Allow this user to write there, or set OLS_DATA_DIR to another folder."
        return Finding("disk", "error", f"{folder} can't be written to", advice)
    free = shutil.disk_usage(place).free
    detail = f"{free / 1e9:.1f} GB free in {folder}"
    if free > SCARCE:
        return Finding("disk", "ok", detail)
    advice = (
        "Delete runs, keep fewer checkpoints (OLS_CHECKPOINTS_LAST, _BEST, _EVERY), or set "
        "OLS_DATA_DIR to a larger disk."
    )
    return Finding("disk", "error" if free < LITTLE else "warning", detail, advice)


def _database(config: Settings) -> tuple[Database | None, Finding]:
    place = without_password(config.resolved_database_url)
    database = None
    try:
        database = connect(config.resolved_database_url)
        database.require_current()
        with database.read() as session:
            version = _version(session)
    except SchemaMismatch as error:
        if database is not None:
            database.dispose()
        return None, Finding("database", "error", place, str(error))
    except (SQLAlchemyError, Unreachable) as error:
        reason = getattr(error, "orig", None) or error
        advice = "Check OLS_DATABASE_URL, OLS_DATA_DIR, and that the database server is running."
        detail = without_password(f"{place}: {str(reason).strip()}")
        return None, Finding("database", "error", detail, advice)
    detail = f"{version} at {place}, migration {REVISION}"
    return database, Finding("database", "ok", detail)


def _space(database: Database) -> Iterator[Finding]:
    used = usage(database)
    if used is None:
        return
    detail = f"{size(used.file)}, of which {size(used.free)} hold nothing"
    if used.shrinks or used.free < MUCH_FREE:
        yield Finding("space", "ok", detail)
        return
    advice = "Stop the workers, then `python -m backend tidy`: it rewrites the file without them."
    yield Finding("space", "warning", f"{detail} and stay so", advice)


def _version(session: Session) -> str:
    if session.get_bind().dialect.name == "sqlite":
        return f"SQLite {session.scalar(text('SELECT sqlite_version()'))}"
    return f"PostgreSQL {session.scalar(text('SHOW server_version'))}"


def _broker(config: Settings) -> Finding:
    if job_number():
        return Finding("queue", "ok", "not needed in a job, which asks the database")
    default = f"the folder {config.data_dir / 'broker'}"
    place = without_password(config.broker_url) if config.broker_url else default
    if fault := celery_queue.unreachable(config):
        advice = "Check OLS_BROKER_URL and that the broker is running. No run is lost meanwhile."
        return Finding("queue", "error", f"{place}: {fault}", advice)
    return Finding("queue", "ok", f"{place} answers")


def _files(config: Settings) -> Finding | None:
    try:
        store = object_store(config)
        if store is None:
            return None
        store.check()
    except FilesUnreachable as error:
        return Finding("files", "error", config.files_url, str(error))
    return Finding("files", "ok", f"{config.files_url} can be read and written")


def _inside(config: Settings, database: Database) -> Iterator[Finding]:
    checks: tuple[Callable[[Settings, Session], Iterator[Finding]], ...]
    checks = (_clocks, _workers, _queued, _data, _gpus, notifications, shared_files)
    with database.read() as session:
        for check in checks:
            yield from check(config, session)


def _clocks(_: Settings, session: Session) -> Iterator[Finding]:
    if session.get_bind().dialect.name == "sqlite":
        return  # its clock is this machine's
    theirs: datetime = session.scalar(text("SELECT clock_timestamp()"))
    skew = abs((datetime.now(UTC) - theirs).total_seconds())
    if skew > SKEW:
        advice = "Synchronise both with NTP, or workers seem offline. Leases don't depend on it."
        yield Finding("clock", "warning", f"{skew:.0f} s off the database's", advice)


def _workers(config: Settings, session: Session) -> Iterator[Finding]:
    online = [one for one in workers.listing(session) if one["online"]]
    if not online:
        advice = f"Start one: {ONCE if job_number() else worker_command(config)}"
        yield Finding("workers", "warning", "none is online", advice)
        return
    slots = sum(len(one["slots"]) for one in online)
    yield Finding("workers", "ok", f"{len(online)} online with {slots} slots")
    others = {words(one["versions"]) for one in online if differs(one["versions"])}
    if others:
        names = " and ".join(sorted(others))
        detail = f"some run {names}; this checkout is {words(code_version())}"
        advice = "Update the older checkouts or images to the same code and restart their services."
        yield Finding("workers", "warning", detail, advice)
    if all(one["draining"] for one in online):
        advice = "Undrain one on the workers page, or start another."
        yield Finding("workers", "warning", "all are draining and claim nothing", advice)


def _queued(_: Settings, session: Session) -> Iterator[Finding]:
    counts = runs.counts(session)
    most = max((one.devices for one in workers.online(session)), default=0)
    detail = f"{counts['queued']} queued, {counts['running']} running, {counts['failed']} failed"
    large = runs.too_large(session, most)
    if large and most:
        advice = "Give them fewer devices, or start a worker with more."
        yield Finding(
            "runs", "warning", f"{detail}; {large} need more devices than any worker has", advice
        )
    else:
        yield Finding("runs", "ok", detail)


def _data(_: Settings, session: Session) -> Iterator[Finding]:
    """As the workers report it: they hold the data."""
    online = [one for one in workers.listing(session) if one["online"]]
    names = sorted({name for one in online for name in one["datasets"]})
    for name in names:
        said = [one["datasets"][name] for one in online if name in one["datasets"]]
        having = sum(bool(one.get("available")) for one in said)
        if having == len(said):
            continue
        advice = next(str(one.get("detail", "")) for one in said if not one.get("available"))
        detail = f"{name}: {having} of {len(said)} workers have it"
        yield Finding("data", "warning", detail, advice)
    if names:
        yield Finding("data", "ok", f"reported by the workers: {', '.join(names)}")


def _gpus(_: Settings, session: Session) -> Iterator[Finding]:
    online = [one for one in workers.listing(session) if one["online"]]
    devices = {(one["name"], s["device"]): s for one in online for s in one["slots"]}
    gpus = [slot for (_, device), slot in devices.items() if device != "cpu"]
    if gpus:
        names = ", ".join(sorted({slot["device_name"] for slot in gpus}))
        yield Finding("GPUs", "ok", f"{len(gpus)}: {names}")
    yield from (finding for one in online if (finding := _torch_fits(one)))
    here = shutil.which("nvidia-smi") is not None
    if here and online and not gpus:
        advice = "Check `nvidia-smi`, CUDA_VISIBLE_DEVICES and the start of the worker's log."
        yield Finding(
            "GPUs", "warning", "this machine has a GPU driver, but no worker has a GPU", advice
        )


def _torch_fits(worker: WorkerDetail) -> Finding | None:
    """A build of PyTorch without CUDA trains on the CPU whatever the slots say."""
    has = any(slot["device"] != "cpu" for slot in worker["slots"])
    version = str(worker["versions"].get("torch", ""))
    if not has or not version.endswith("+cpu"):
        return None
    advice = "Install PyTorch's CUDA build there (pytorch.org), then start the worker again."
    return Finding("GPUs", "error", f"{worker['name']} has GPUs, but torch {version}", advice)
