"""Supervises one trainer process for one claimed run, and records what it reports.

    spawn -> (messages -> database, whose answer says whether to continue) -> end -> the run's state

Whatever ends a run passes through `supervise`: a clean end, the researcher's mistake (its text is
shown verbatim), a crash, a kill by the system, a cancel, a pause, a lost lease, a shutdown, a
database that stays away. After the last two the run resumes from its last checkpoint.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from backend.core.error_codes import ErrorCode
from backend.core.logs import about
from backend.core.settings import Settings
from backend.core.storage import StorageProblem, storage_problem
from backend.store import claims, label_sets, origins, precisions, recorder, runs, samples
from backend.store.claims import Answer, Claim
from backend.store.database import Database
from backend.store.errors import Replaced
from backend.store.objects import object_store
from backend.store.run_identity import take_folder
from ols.spec.metrics import EPOCH_SECONDS
from ols.training.epoch_report import ClassSamples, EpochReport, Progress, RunInfo, SampleAudit
from worker import searching
from worker.files.log_file import last_lines
from worker.files.run_files import RunFiles
from worker.machine.disk_use import bytes_below
from worker.machine.origin import worker_origin
from worker.machine.slots import Slot
from worker.machine.time_limit import TimeLimit
from worker.trainer import ranks_folders
from worker.trainer.failures import UNEXPECTED, explain_exit
from worker.trainer.forking import Forks
from worker.trainer.messages import Done, Failure, Message, PrecisionWish, decode
from worker.trainer.spawn import TrainerHandle, start_trainer

log = logging.getLogger("ols.worker")

POLL = 0.25  # seconds: how soon a shutdown is noticed
RENEW = 0.5  # seconds between two checks of what the user wants, so that a cancel takes under 2
PATIENCE = 60.0  # seconds for which a database that can't be written to is tried again
TOGETHER = 1.0  # seconds within which a signal to a trainer reaches its worker too
HURRY = 3.0  # the same while the worker shuts down
NO_TIME = "The worker's time would have cut the next epoch."
OURS = "The lab failed to follow this run; the worker's log says why. Try it again."

T = TypeVar("T")

Ending = (
    Literal["cancel", "pause", "lost", "requeue", "no time", "behind"]
    | Done
    | Failure
    | StorageProblem
)


class Supervisor:
    """One run's supervision; `stop` is set when the worker shuts down.

    `forks`: trainers come from the worker's template; None: each is a process of its own. `limit`:
    the run is handed back before an epoch that would not end in time.
    """

    def __init__(
        self,
        config: Settings,
        database: Database,
        claim: Claim,
        stop: threading.Event,
        forks: Forks | None = None,
        limit: TimeLimit | None = None,
    ) -> None:
        self.forks = forks
        self.limit = limit or TimeLimit()
        self.config = config
        self.database = database
        self.claim = claim
        self.stop = stop
        self._renewed = 0.0
        self._rungs = searching.rungs(database, claim)
        store = object_store(config)
        self._files = RunFiles(config, store, claim, self._best_epoch) if store else None

    def supervise(
        self, slots: Sequence[Slot], started: Callable[[int, int], None] = lambda _run, _pid: None
    ) -> None:
        """Trains the run to one of its ends and moves its state.

        `started` hears the run's id and the trainer's process id.
        """
        with about(run=self.claim.run_id, attempt=self.claim.attempt):
            devices = ", ".join(slot.device for slot in slots)
            log.info("run %d: starting on %s", self.claim.run_id, devices)
            ending = self._train(slots, started)
            log.info("run %d ended: %s", self.claim.run_id, ending)
            self._conclude(ending)

    def _conclude(self, ending: Ending) -> None:
        if ending == "lost":
            if self._files:
                self._files.abandon()
            return  # it belongs to another worker now
        # A run that resumes elsewhere needs the newest checkpoint; one that has ended does not.
        handed_on = ending in ("requeue", "no time", "pause", "behind") or isinstance(
            ending, Failure
        )
        if self._files and handed_on:
            self._files.finish(hurry=True)
        try:
            size = self._disk_bytes()
            self._write(lambda session: self._move(session, ending, size))
        except OperationalError:
            log.exception(
                "the end of run %d could not be recorded; its lease ends", self.claim.run_id
            )
        if self._files and not handed_on:
            self._files.finish(hurry=self.stop.is_set())
            self._record_disk_use()

    def _train(self, slots: Sequence[Slot], started: Callable[[int, int], None]) -> Ending:
        try:
            aside = take_folder(self.config, self.claim.identity)
            if aside is not None:
                log.warning(
                    "run %d had the files of another run with its number, as after a backup was "
                    "restored; they are kept in %s",
                    self.claim.run_id,
                    aside,
                )
            trainer = start_trainer(
                self.config,
                self.claim,
                slots,
                forks=self.forks,
                samples=self._lacks_samples(),
                decisions=self._decisions(self.claim.spec),
                fork_point=self._fork_point(self.claim.fork_point),
                on_begin=lambda pid: started(self.claim.run_id, pid),
            )
        except OSError as error:
            if problem := storage_problem(self.config.data_dir):
                log.error("run %d is queued again: %s", self.claim.run_id, problem.text)
                return problem
            log.exception(
                "the trainer of run %d could not be started: %s", self.claim.run_id, error
            )
            return Failure(ErrorCode.INTERNAL, OURS)
        if self._files:
            self._files.start()
        try:
            return self._follow(trainer)
        except Replaced as error:
            log.error(
                "run %d: its trainer ends, for nothing can be recorded: %s",
                self.claim.run_id,
                error,
            )
            return "lost"
        except OperationalError:
            log.exception("run %d is handed back: the database stays away", self.claim.run_id)
            return "requeue"
        except Exception:
            log.exception("the supervision of run %d failed", self.claim.run_id)
            return Failure(ErrorCode.INTERNAL, OURS)
        finally:
            trainer.end()
            ranks_folders.remove(self.config, self.claim)

    def _lacks_samples(self) -> bool:
        """Whether its dataset has no sample images yet; they may wait for another run."""
        try:
            with self.database.read() as session:
                return samples.wanted(session, self.claim.spec)
        except OperationalError:
            return False

    def _decisions(self, spec: Mapping[str, Any]) -> dict[int, int | None] | None:
        """On training labels, of the version that the run was submitted with; None: it has none."""
        labels = spec.get("labels", {})
        if not labels.get("set"):
            return None
        with self.database.read() as session:
            return label_sets.decided(session, labels["set"], labels["version"])

    def _fork_point(self, fork_point: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """What a fork begins from, with the decisions that its parents trained on."""
        if fork_point is None:
            return None
        decisions = self._decisions(fork_point["spec"])
        pairs = None if decisions is None else list(decisions.items())
        return {
            **fork_point,
            "decisions": pairs,
            "fork_point": self._fork_point(fork_point["fork_point"]),
        }

    # -- while it trains ------------------------------------------------------------------------

    def _follow(self, trainer: TrainerHandle) -> Ending:
        """Records messages until the trainer, the user or the worker ends the run."""
        while True:
            if self.stop.is_set():
                return "requeue"
            message = _receive(trainer)
            if message is None and not trainer.pipe_open:
                return self._unless_stopped(explain_exit(trainer.wait()))
            if isinstance(message, Done | Failure):
                return self._unless_stopped(message)
            if isinstance(message, RunInfo) and self._files:
                self._files.resumed(message.resumed_epoch)
            if isinstance(message, PrecisionWish):
                precision = self._settle_precision(message)
                if precision is None:
                    return "lost"
                trainer.answer(precision)
                continue
            answer = self._record(message) if message else self._renew()
            if answer != "go_on":
                return answer
            if isinstance(message, EpochReport):
                if (answer := self._compare(message.epoch)) != "go_on":
                    return answer
                trainer.acknowledge()
                if not self._has_time(message):
                    return "no time"

    def _unless_stopped(self, ending: Done | Failure) -> Ending:
        """A batch system signals all processes of a job at once: a trainer that ends while its
        worker is told to leave has not crashed."""
        crashed = isinstance(ending, Failure) and ending.code in UNEXPECTED
        return "requeue" if crashed and self.stop.wait(TOGETHER) else ending

    def _record(self, message: Message) -> Answer:
        lease, claim = self.config.lease_seconds, self.claim
        size = self._disk_bytes() if isinstance(message, EpochReport) else None
        if isinstance(message, RunInfo):
            worker_origin()  # git may take seconds: not while a transaction is open

        def store(session: Session) -> Answer:
            if isinstance(message, RunInfo):
                return self._begin(session, message)
            if isinstance(message, ClassSamples):
                return recorder.record_samples(session, claim, message)
            if isinstance(message, SampleAudit):
                return recorder.record_audit(session, claim, message)
            if isinstance(message, Progress):
                return recorder.record_progress(session, claim, message, lease)
            assert isinstance(message, EpochReport)
            return recorder.record_epoch(session, claim, message, lease, size)

        return self._write(store)

    def _settle_precision(self, wish: PrecisionWish) -> str | None:
        return self._write(lambda session: precisions.settle(session, self.claim, wish.name))

    def _begin(self, session: Session, info: RunInfo) -> Answer:
        answer = recorder.record_info(session, self.claim, info)
        if answer != "lost":
            origins.record(session, self.claim.run_id, self.claim.attempt, *worker_origin())
        return answer

    def _compare(self, epoch: int) -> Answer:
        """At an epoch at which its search compares settings, before it trains on."""
        if self.claim.search is None or epoch not in self._rungs:
            return "go_on"
        try:
            searching.step(self.database, self.claim.search)
        except Exception:  # the janitor will try again
            log.exception("run %d could not be compared with others", self.claim.run_id)
        return self._renew(at_once=True)

    def _has_time(self, report: EpochReport) -> bool:
        """Whether another epoch like this one ends before the worker must."""
        if report.epoch >= report.epochs:
            return True
        return self.limit.room_for(report.metrics.get(EPOCH_SECONDS, 0.0))

    def _renew(self, *, at_once: bool = False) -> Answer:
        if not at_once and time.monotonic() - self._renewed < RENEW:
            return "go_on"
        answer = self._write(
            lambda session: claims.renew(session, self.claim, self.config.lease_seconds)
        )
        self._renewed = time.monotonic()
        return answer

    # -- at its end -----------------------------------------------------------------------------

    def _move(self, session: Session, ending: Ending, disk_bytes: int | None) -> bool:
        claim = self.claim
        if disk_bytes is not None:
            recorder.record_disk_use(session, claim, disk_bytes)
        if isinstance(ending, Done):
            return recorder.finish(session, claim)
        if isinstance(ending, Failure):
            tail = last_lines(self.config.log_path(claim.run_id, claim.attempt))
            # A mistake in the spec would only be repeated; a crash may pass.
            end = claims.crashed if ending.code in UNEXPECTED else claims.fail
            return end(session, claim, ending.code, ending.message, tail)
        if ending == "behind":
            return recorder.step_back(session, claim)
        if isinstance(ending, StorageProblem):
            return claims.requeue(session, claim, ending.text)
        if ending == "no time":
            return claims.requeue(session, claim, NO_TIME)
        moves = {
            "cancel": claims.cancelled,
            "pause": claims.paused,
            "requeue": claims.requeue,
        }
        return moves[ending](session, claim)

    def _disk_bytes(self) -> int | None:
        """What the run's files take where they are kept."""
        if self._files:
            return self._files.stored_bytes
        return bytes_below(self.config.run_dir(self.claim.run_id))

    def _record_disk_use(self) -> None:
        """Once more, after the last files have been uploaded."""
        size = self._disk_bytes()
        if size is not None:
            with contextlib.suppress(OperationalError):
                self._write(lambda session: recorder.record_disk_use(session, self.claim, size))

    def _best_epoch(self) -> int:
        with self.database.read() as session:
            return runs.best_epoch(session, self.claim.run_id)

    def _write(self, work: Callable[[Session], T]) -> T:
        """One transaction, tried again while the database is busy or away."""
        began = time.monotonic()
        while True:
            try:
                with self.database.write() as session:
                    return work(session)
            except OperationalError as error:
                patience = HURRY if self.stop.is_set() else PATIENCE
                if time.monotonic() - began > patience:
                    raise
                log.warning(
                    "run %d: the database is away, trying again: %s", self.claim.run_id, error.orig
                )
                time.sleep(0.5)


def _receive(trainer: TrainerHandle) -> Message | None:
    """The next message, None when none came in time or the pipe is closed."""
    if not trainer.pipe.poll(POLL):
        return None
    try:
        return decode(trainer.pipe.recv_bytes())
    except (EOFError, OSError):  # OSError: killed in the middle of a message
        trainer.pipe_open = False
        return None
