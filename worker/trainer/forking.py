"""A worker's side of its template: asks it for trainers, and hears how they end.

Where no trainer can be forked (another system than Linux, code that has changed, a template that
died), one is started as a process of its own: the same trainer, only later.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from worker.trainer.template import PACKET

log = logging.getLogger("ols.worker")

TEMPLATE = (sys.executable, "-m", "worker.trainer.template")
ROOT = Path(__file__).resolve().parents[2]
UNKNOWN = 1  # exit status of a trainer whose template died before it
PAUSE = 0.02  # seconds between two looks at a process that is waited for


@dataclass(frozen=True)
class Beginning:
    """What a trainer is started with; the three descriptors are closed here once it has them."""

    command: tuple[str, ...]  # of a process of its own
    stdin: int
    log: int
    pipe: int
    environment: Mapping[str, str]

    def close(self) -> None:
        for descriptor in (self.stdin, self.log, self.pipe):
            os.close(descriptor)


class TrainerProcess:
    """A trainer's process, forked or of its own. `on_begin` hears its id once there is one."""

    def __init__(self, beginning: Beginning, on_begin: Callable[[int], None]) -> None:
        self.pid: int | None = None
        self._beginning = beginning
        self._on_begin = on_begin
        self._lock = threading.Lock()
        self._given_up = False
        self._status: int | None = None
        self._popen: subprocess.Popen[bytes] | None = None
        self._descriptor: int | None = None  # of a forked one whose template is gone

    @property
    def environment(self) -> Mapping[str, str]:
        return self._beginning.environment

    def request(self) -> bytes:
        """What a template is asked, beside the descriptors."""
        begin = self._beginning
        return json.dumps({"pipe": begin.pipe, "environment": dict(begin.environment)}).encode()

    def descriptors(self) -> list[int]:
        begin = self._beginning
        return [begin.stdin, begin.log, begin.pipe]

    def poll(self) -> int | None:
        """Its exit status, negative: the signal that ended it; None while it runs."""
        if self._popen is not None:
            return self._popen.poll()
        if self._status is None and self._descriptor is not None:
            ready, _, _ = select.select([self._descriptor], [], [], 0)
            self._status = UNKNOWN if ready else None
        return self._status

    def wait(self, seconds: float | None = None) -> int:
        """The same when it has ended; raises TimeoutError."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while (status := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(PAUSE)
        return status

    def signal(self, number: signal.Signals) -> None:
        """To it and its children; harmless when it has ended."""
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def give_up(self) -> bool:
        """True where it has not begun yet: it never will, and there is nothing to wait for."""
        with self._lock:
            self._given_up = self.pid is None
        return self._given_up

    # -- called by what starts it -----------------------------------------------------------------

    def start(self) -> None:
        """As a process of its own; raises OSError if it can't."""
        with self._lock:
            if not self._given_up:
                begin = self._beginning
                self._popen = subprocess.Popen(
                    begin.command,
                    stdin=begin.stdin,
                    stdout=begin.log,
                    stderr=subprocess.STDOUT,
                    pass_fds=(begin.pipe,),
                    cwd=ROOT,
                    env=dict(begin.environment),
                    start_new_session=True,
                )
                self.pid = self._popen.pid
            self._beginning.close()
        if self.pid is not None:
            self._on_begin(self.pid)

    def forked(self, pid: int) -> None:
        with self._lock:
            self.pid = pid
            self._beginning.close()
            if self._given_up:
                self.signal(signal.SIGKILL)
        self._on_begin(pid)

    def failed(self) -> None:
        """It could not be started at all."""
        with self._lock:
            self._beginning.close()
            self._status = UNKNOWN

    def ended(self, status: int) -> None:
        self._status = status

    def orphaned(self) -> None:
        """Nobody will say how it ends."""
        try:
            self._descriptor = os.pidfd_open(self.pid or 0)
        except ProcessLookupError:
            self._status = UNKNOWN


def start_alone(beginning: Beginning, on_begin: Callable[[int], None]) -> TrainerProcess:
    """A process of its own; raises OSError if it can't be started."""
    process = TrainerProcess(beginning, on_begin)
    process.start()
    return process


class Forks:
    """Starts a worker's trainers, from a template that loads while the first one waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._template: Template | None = None

    def start(self, beginning: Beginning, on_begin: Callable[[int], None]) -> TrainerProcess:
        """Returns at once, the trainer begins as soon as it can; raises OSError if it can't."""
        process = TrainerProcess(beginning, on_begin)
        if sys.platform != "linux" or not self._ask(process):
            process.start()
        return process

    def close(self) -> None:
        """The worker ends, and so have its trainers."""
        with self._lock:
            if self._template is not None:
                self._template.kill()
                self._template = None

    def _ask(self, process: TrainerProcess) -> bool:
        with self._lock:
            if self._template is None or not self._template.usable:
                self._template = Template(process.environment)
            return self._template.ask(process)


class Template:
    """The template process and those that were forked from it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.usable = True
        self._lock = threading.Lock()
        self._asked: deque[TrainerProcess] = deque()
        self._running: dict[int, TrainerProcess] = {}
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = launch(theirs.fileno(), environment)
        threading.Thread(target=self._listen, name="template", daemon=True).start()

    def ask(self, process: TrainerProcess) -> bool:
        """False: it has just died. What was asked is seen to, even if it is refused by now."""
        with self._lock:
            if not self.usable:
                return False
            self._asked.append(process)
            try:
                socket.send_fds(self._line, [process.request()], process.descriptors())
            except OSError:
                self._asked.pop()
                self.usable = False
                return False
            return True

    def kill(self) -> None:
        self._process.kill()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._line.recv(PACKET):
                self._hear(json.loads(data))
                if not (self.usable or self._running or self._asked):
                    break
        with self._lock:
            self.usable = False
            self._line.close()
        self._process.wait()
        for process in self._running.values():
            process.orphaned()
        while self._asked:
            _start_by_itself(self._asked.popleft())

    def _hear(self, said: dict[str, object]) -> None:
        if "refused" in said:
            self.usable = False  # for new ones; it still hears how its trainers end
            log.info("a trainer starts as a process of its own: %s", said["refused"])
            _start_by_itself(self._asked.popleft())
            return
        pid = int(str(said["pid"]))
        if "status" in said:
            self._running.pop(pid).ended(int(str(said["status"])))
            return
        self._running[pid] = self._asked.popleft()
        self._running[pid].forked(pid)


def launch(line: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A template that is asked over the descriptor `line`."""
    return subprocess.Popen(
        [*TEMPLATE, str(line)],
        stdin=subprocess.DEVNULL,
        pass_fds=(line,),
        cwd=ROOT,
        # NumPy's BLAS would start threads when it is loaded.
        env={**environment, "OPENBLAS_NUM_THREADS": "1"},
        start_new_session=True,
    )


def _start_by_itself(process: TrainerProcess) -> None:
    try:
        process.start()
    except OSError:
        log.exception("a trainer could not be started")
        process.failed()
