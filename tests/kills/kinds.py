"""What the soak kills or stops, and what must follow.

Whatever holds a run is hit in the middle of it, after two epochs of its own: then resuming it
shows, and no epoch is to blame for two crashes.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import psutil
from sqlalchemy import and_, select

from backend.core.run_states import RunState
from backend.store.tables import Attempt, Run
from tests.kills.ground import EPOCHS, Ground
from tests.kills.late_writes import accepted
from tests.kills.submissions import Submissions
from tests.support.waiting import wait_until

SOON = 10.0  # seconds to wait for a run that is in its middle
FROZEN = 30.0  # seconds; a worker stopped in a transaction may hold what its successor needs
LEFT = 6  # epochs that a victim has still to train


@dataclass(frozen=True)
class Victim:
    """A run in the middle of an attempt, and the worker that trains it."""

    run_id: int
    attempt: int
    worker: subprocess.Popen[bytes]


@dataclass(frozen=True)
class Expected:
    """How an attempt must end, and by when."""

    kind: str
    victim: Victim
    outcome: str
    deadline: float


class Kinds:
    """Kills one thing at a time; `done` counts those that hit, `faults` is what should not be."""

    def __init__(
        self, ground: Ground, submissions: Submissions, dice: random.Random, patience: float
    ) -> None:
        self.ground, self.submissions, self.dice = ground, submissions, dice
        self.patience = patience
        self.client = ground.start_web()
        self.done: Counter[str] = Counter()
        self.faults: list[str] = []
        self._expected: list[Expected] = []
        kinds: dict[Callable[[], bool], int] = {
            self.trainer: 5,
            self.worker: 3,
            self.worker_in_order: 2,
            self.frozen_worker: 2,
            self.web: 1,
            self.queue_emptied: 1,
        }
        if ground.redis:
            kinds[self.redis] = 1
        if ground.postgres:
            kinds[self.postgres] = 1
        self._kinds = {kind.__name__: (kind, weight) for kind, weight in kinds.items()}

    @property
    def missing(self) -> list[str]:
        """What has not hit anything yet."""
        return [name for name in self._kinds if not self.done[name]]

    def one(self) -> None:
        """One that is missing, else any, often a trainer or a worker."""
        pending = {each.kind for each in self._expected}
        names = [name for name in self.missing if name not in pending] or list(self._kinds)
        weights = [self._kinds[name][1] for name in names]
        name = self.dice.choices(names, weights)[0]
        if self._kinds[name][0]():
            self.done[name] += 1

    def look(self) -> None:
        """Whether what was hit has ended as it must."""
        for each in list(self._expected):
            outcome = self._outcome(each.victim)
            if outcome is None and time.monotonic() < each.deadline:
                continue
            self._expected.remove(each)
            self.done[each.kind] += outcome == each.outcome
            if outcome is None:
                self.faults.append(
                    f"run {each.victim.run_id} still belongs to attempt {each.victim.attempt}, "
                    f"whose {each.kind} was killed {self.patience:g} s ago"
                )

    # -- kinds: True where one hit at once, False where it did not, or `look` will tell ----------

    def trainer(self) -> bool:
        """SIGKILL."""
        if victim := self._victim():
            with suppress(ValueError, psutil.Error):  # it has just ended
                self.ground.trainer_of(victim.worker).kill()
                self._expect("trainer", victim, "crashed")
        return False

    def worker(self) -> bool:
        """SIGKILL, and another one starts."""
        if victim := self._victim():
            self._replace(victim.worker, signal.SIGKILL)
            self._expect("worker", victim, "lost")
        return False

    def worker_in_order(self) -> bool:
        """SIGTERM, and another one starts; the run is free when the worker has ended."""
        victim = self._victim()
        if not victim:
            return False
        self._replace(victim.worker, signal.SIGTERM)
        outcome = self._outcome(victim)
        if outcome is None:
            self.faults.append(f"a worker ended in order and left run {victim.run_id} to its lease")
        return outcome == "handed back"

    def frozen_worker(self) -> bool:
        """SIGSTOP, sometimes with its trainer, until another attempt has begun; then it continues.

        Whatever it writes then is refused; what else it might have written is tried here.
        """
        victim = self._victim()
        if not victim:
            return False
        stopped = [psutil.Process(victim.worker.pid)]
        with suppress(ValueError, psutil.Error):
            if self.dice.random() < 0.5:
                stopped.append(self.ground.trainer_of(victim.worker))
        for process in stopped:
            process.suspend()
        try:
            if not self._taken_over(victim):
                return False
            lost = self._times_lost(victim)
        finally:
            for process in stopped:
                with suppress(psutil.Error):
                    process.resume()
        self._gives_up(victim, lost)
        return True

    def web(self) -> bool:
        """SIGKILL amid submissions, and start again."""
        assert self.ground.web is not None
        web = self.ground.web

        def kill() -> None:
            time.sleep(self.dice.uniform(0, 0.05))
            web.kill()

        self.submissions.burst(self.client, kill)
        web.wait()
        self.faults += self.submissions.faults()
        self.client = self.ground.start_web()
        self.submissions.settle(self.client)
        return True

    def queue_emptied(self) -> bool:
        """FLUSHALL, or every message file removed."""
        if self.ground.redis:
            self.ground.redis.flush()
            return True
        messages = self.ground.config.data_dir / "broker" / "messages"
        for message in messages.iterdir():
            message.unlink(missing_ok=True)
        return True

    def redis(self) -> bool:
        """SIGKILL, and start again empty."""
        assert self.ground.redis is not None
        self.ground.redis.stop(signal.SIGKILL)
        time.sleep(1)
        self.ground.redis.start()
        return True

    def postgres(self) -> bool:
        """A crash, and start again."""
        assert self.ground.postgres is not None
        self.ground.postgres.stop()
        time.sleep(1)
        self.ground.postgres.start()
        return True

    # -- victims --------------------------------------------------------------------------------

    def _victim(self) -> Victim | None:
        """One of the runs in their middle, as soon as there is one."""
        query = (
            select(Run.id, Run.attempt, Run.worker)
            .join(Attempt, and_(Attempt.run_id == Run.id, Attempt.attempt == Run.attempt))
            .where(
                Run.state == RunState.RUNNING,
                Run.epoch > Attempt.first_epoch,
                Run.epoch <= EPOCHS - LEFT,
            )
        )
        deadline = time.monotonic() + SOON
        while time.monotonic() < deadline:
            with self.ground.database.read() as session:
                rows = session.execute(query).all()
            workers = {worker.pid: worker for worker in self.ground.workers}
            victims = [
                Victim(run_id, attempt, workers[pid])
                for run_id, attempt, name in rows
                if (pid := int(name.rpartition(":")[2])) in workers  # it may be dead, its lease not
            ]
            if victims:
                return self.dice.choice(victims)
            time.sleep(0.02)
        return None

    def _replace(self, worker: subprocess.Popen[bytes], number: signal.Signals) -> None:
        os.kill(worker.pid, number)
        worker.wait()
        self.ground.workers.remove(worker)
        self.ground.start_worker()

    def _expect(self, kind: str, victim: Victim, outcome: str) -> None:
        deadline = time.monotonic() + self.patience
        self._expected.append(Expected(kind, victim, outcome, deadline))

    def _outcome(self, victim: Victim) -> str | None:
        attempts = self.ground.attempts(victim.run_id)
        outcome: str | None = attempts[victim.attempt - 1]["outcome"]
        return outcome

    # -- a worker that continues after its lease has ended ---------------------------------------

    def _taken_over(self, victim: Victim) -> bool:
        """Whether another attempt trains; then every write of the older one is tried."""

        def holder() -> bool:
            run = self.ground.run(victim.run_id)
            return run["attempt"] > victim.attempt and run["state"] == RunState.RUNNING

        try:
            wait_until(holder, FROZEN)
        except AssertionError:  # all workers are busy, or wait for what the stopped one holds
            return False
        self.faults += [
            f"{what} of run {victim.run_id} by attempt {victim.attempt} was taken "
            "while its successor held the run"
            for what in accepted(self.ground.database, victim.run_id, victim.attempt)
        ]
        return True

    def _gives_up(self, victim: Victim, before: int) -> None:
        """The supervisor that continues must learn from its first write that it lost its run."""
        try:
            wait_until(lambda: self._times_lost(victim) > before, self.patience)
        except AssertionError:
            self.faults.append(
                f"attempt {victim.attempt} of run {victim.run_id} continued after its successor "
                "had begun"
            )

    def _times_lost(self, victim: Victim) -> int:
        log = self.ground.log.read_text(errors="replace")
        return log.count(f"run {victim.run_id} ended: lost")
