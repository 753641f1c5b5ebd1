"""Uploads what one attempt writes to the object store, while it trains and at its end.

The trainer knows only a local folder. A thread beside its supervisor checks it every few seconds: a
new checkpoint and what was added to the log are uploaded; checkpoints that need not be kept are
removed from the store. Nothing here fails a run: an upload that fails is tried again with growing
pauses, and the log says so.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from backend.core.logs import about
from backend.core.settings import Settings
from backend.store.checkpoints import current, of_store
from backend.store.claims import Claim
from backend.store.errors import FilesUnreachable, Unreachable
from backend.store.objects import LOG_CHUNK, ObjectStore
from worker.files.checkpoints import attempt_name, epoch_of, list_checkpoints
from worker.files.log_file import append_line

log = logging.getLogger("ols.worker")

EVERY = 3.0  # seconds between two checks, and the first pause after a failure, which then doubles
LONGEST_PAUSE = 60.0  # seconds
AGAIN = 1.0  # seconds between two tries at the end
LAST_TRIES = 20.0  # seconds for which a run that has ended waits for the store
HURRY = 4.0  # the same while the worker shuts down, which has ten in all


class RunFiles(threading.Thread):
    """One attempt's files on their way to the store; started with its trainer."""

    def __init__(
        self,
        config: Settings,
        store: ObjectStore,
        claim: Claim,
        best_epoch: Callable[[], int] = lambda: 0,
    ) -> None:
        super().__init__(name=f"files-{claim.run_id}", daemon=True)
        self.run_id, self.attempt = claim.run_id, claim.attempt
        self.name_in_store = claim.identity.name
        self.folder = config.checkpoint_dir(claim.run_id) / attempt_name(claim.attempt)
        self.log_path = config.log_path(claim.run_id, claim.attempt)
        self._lease = config.lease_seconds  # nobody renews it during the last round
        self._store = store
        self._best_epoch = best_epoch
        self._keep = config.retention(claim.spec)
        self.stored_bytes: int | None = None  # what the run has in the store; None: not looked yet
        self._first = threading.Event()  # set when it is known which epochs are this attempt's own
        self._resumed = 0
        self._sent: set[int] = set()  # epochs
        self._log_sent = 0  # bytes
        self._failures = 0
        self._stop = threading.Event()
        self._busy = threading.Lock()

    def resumed(self, epoch: int) -> None:
        """The trainer resumes after `epoch`: later checkpoints are its own, to be uploaded."""
        self._resumed = epoch
        self._first.set()

    def run(self) -> None:
        """Until the end; see `finish`."""
        pause = EVERY
        while not self._stop.wait(pause):
            pause = self._round()

    def abandon(self) -> None:
        """Stops: another worker holds the run."""
        self._stop.set()

    def finish(self, *, hurry: bool) -> bool:
        """The last round, once the trainer has ended; False when an upload failed."""
        self._stop.set()
        patience = min(HURRY, self._lease / 2) if hurry else LAST_TRIES
        ends = time.monotonic() + patience
        last = threading.Thread(target=self._last_rounds, args=(ends,), daemon=True)
        last.start()
        last.join(patience)  # a slow upload continues by itself: what it writes does no harm
        return not last.is_alive() and not self._failures

    def _last_rounds(self, ends: float) -> None:
        self._round()
        while self._failures and time.monotonic() + AGAIN < ends:
            time.sleep(AGAIN)
            self._round()

    def _round(self) -> float:
        """Uploads what is new; the pause until the next time, in seconds."""
        with self._busy:
            try:
                self._carry()
            except (
                SQLAlchemyError,
                Unreachable,
            ):  # the best epoch is not known now; the next round tidies
                return EVERY
            except (FilesUnreachable, OSError) as error:
                self._failures += 1
                pause = min(LONGEST_PAUSE, EVERY * 2**self._failures)
                self._warn(f"warning: {error} The run continues; trying again in {pause:g} s.")
                return pause
            if self._failures:
                self._warn("the store answers again; all files are there")
            self._failures = 0
            return EVERY

    def _carry(self) -> None:
        self._carry_log()
        sent = len(self._sent)
        if self._first.is_set():
            # The newest first: a slow store may let older ones go, as the trainer does.
            for path in reversed(list_checkpoints(self.folder)):
                self._carry_checkpoint(path)
        if len(self._sent) > sent or self._stop.is_set():
            self._tidy()

    def _tidy(self) -> None:
        """Removes what need not be kept, but nothing of a later attempt, and sums up the rest."""
        stored = [
            s for s in self._store.checkpoints(self.name_in_store) if s.attempt <= self.attempt
        ]
        there = {one.epoch: one for one in current(map(of_store, stored))}
        kept = self._keep.kept(there, self._best_epoch())
        wanted = [one for epoch, one in there.items() if epoch in kept]
        places = {one.place for one in wanted}
        self._store.remove(s for s in stored if s not in places)
        log_bytes = sum(chunk.size for chunk in self._store.log_chunks(self.name_in_store))
        self.stored_bytes = sum(one.size for one in wanted) + log_bytes

    def _carry_checkpoint(self, path: Path) -> None:
        epoch = epoch_of(path)
        if epoch <= self._resumed or epoch in self._sent:
            return
        try:
            self._store.put_checkpoint(self.name_in_store, self.attempt, path)
        except FileNotFoundError:  # the trainer has removed it meanwhile
            return
        self._sent.add(epoch)

    def _carry_log(self) -> None:
        """Whole chunks are sent once; the last one, at most 256 KiB, again while it grows."""
        try:
            file = self.log_path.open("rb")
        except FileNotFoundError:
            return
        with file:
            size = file.seek(0, 2)
            while self._log_sent < size:
                number = self._log_sent // LOG_CHUNK
                file.seek(number * LOG_CHUNK)
                data = file.read(LOG_CHUNK)
                self._store.put_log_chunk(self.name_in_store, self.attempt, number, data)
                self._log_sent = number * LOG_CHUNK + len(data)

    def _warn(self, text: str) -> None:
        with about(run=self.run_id, attempt=self.attempt):
            log.warning("%s", text)
        append_line(self.log_path, text)
