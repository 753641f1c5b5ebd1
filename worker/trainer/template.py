"""The process that trainers are forked from: `python -m worker.trainer.template FD`.

Loading PyTorch takes a trainer seconds of CPU, the same for each run. So each worker keeps one
process that has loaded it and does nothing else: no thread runs in it, no random number was drawn,
CUDA was not touched. For a run it forks, and the child is that run's trainer
(worker.trainer.process), in a process group of its own with descriptors of its own.

The socket FD carries requests, one a packet, and what became of them (worker.trainer.forking is the
other end). When it closes, the worker has gone: this process ends, and so does each trainer.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

PACKET = 262_144  # bytes of a request, most of them the environment
STDIN, LOG, PIPE = range(3)  # the descriptors that come with a request, in this order
NAME = b"ols-trainer"  # of a trainer in `top`: its command line is this process's
CODE = ("ols", "worker", "backend/store", "backend/core")
_ROOT = Path(__file__).resolve().parents[2]
_SET_NAME = 15  # PR_SET_NAME of prctl(2)


def main() -> int:
    """Forks until the worker goes; in a child, trains and returns its exit status."""
    line = socket.socket(fileno=int(sys.argv[1]))
    before = newest(_ROOT)
    load()
    wake, woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    gc.collect()
    gc.freeze()  # or each collection of a child would copy the pages of what it never frees
    while True:
        ready, _, _ = select.select([line.fileno(), wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
            for pid, status in _ended():
                _tell(line, pid=pid, status=status)
        if line.fileno() in ready:
            data, descriptors = _request(line)
            if not data:
                return 0
            if reason := _unsafe(before):
                _tell(line, refused=reason)
            elif pid := os.fork():
                with contextlib.suppress(ProcessLookupError):
                    os.setpgid(pid, pid)  # here too: whoever hears of it may signal its group
                _tell(line, pid=pid)
            else:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                signal.set_wakeup_fd(-1)
                for own in (line.detach(), wake, woken):
                    os.close(own)
                _become_trainer(json.loads(data), descriptors)
                from worker.trainer.process import main as train

                return train()
            for descriptor in descriptors:
                os.close(descriptor)


def load() -> None:
    """What every trainer needs."""
    import scipy.optimize  # noqa: F401
    import torchvision  # noqa: F401

    import worker.trainer.process  # noqa: F401


def newest(root: Path) -> tuple[int, int]:
    """Number and last change of the code's files below `root`: another answer, another code."""
    times = [path.stat().st_mtime_ns for folder in CODE for path in (root / folder).rglob("*.py")]
    return len(times), max(times, default=0)


def _request(line: socket.socket) -> tuple[bytes, list[int]]:
    """The next one and its descriptors; empty: the worker has gone."""
    try:
        data, descriptors, _, _ = socket.recv_fds(line, PACKET, 3)
    except ConnectionResetError:  # and has not read all that it was told
        return b"", []
    return data, descriptors


def _unsafe(before: tuple[int, int]) -> str:
    """Why no trainer may be forked from this process; empty: it may."""
    if newest(_ROOT) != before:
        return "the code has changed since it was loaded"
    threads = len(list(Path("/proc/self/task").iterdir()))
    return f"it runs {threads} threads, which a fork would lose" if threads > 1 else ""


def _ended() -> Iterator[tuple[int, int]]:
    """Children that have ended: process id, exit status (negative: the signal)."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        yield pid, os.waitstatus_to_exitcode(status)


def _tell(line: socket.socket, **said: object) -> None:
    with contextlib.suppress(BrokenPipeError):  # the worker has gone, as the next look shows
        line.sendall(json.dumps(said).encode())


def _become_trainer(request: dict[str, object], descriptors: list[int]) -> None:
    """As if it had been started by itself: process group, descriptors, environment, name."""
    os.setpgid(0, 0)
    pipe = int(str(request["pipe"]))  # the number by which the job names it
    # Out of the way first: one of them may have a number that another is to get.
    moved = [fcntl.fcntl(one, fcntl.F_DUPFD, 500) for one in descriptors]
    for descriptor in descriptors:
        os.close(descriptor)
    for source, targets in ((STDIN, (0,)), (LOG, (1, 2)), (PIPE, (pipe,))):
        for target in targets:
            os.dup2(moved[source], target)
        os.close(moved[source])
    os.environ.clear()
    os.environ.update(request["environment"])  # type: ignore[call-overload]
    ctypes.CDLL(None).prctl(_SET_NAME, NAME)


if __name__ == "__main__":
    sys.exit(main())
