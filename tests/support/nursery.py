"""Forks our programs for the tests, with everything loaded: `python -m tests.support.nursery FD`.

Celery and the web service's libraries take a process a second of CPU to load, PyTorch four, and the
suite starts a hundred. So each process of the suite keeps one that has loaded them, runs no thread
and has read no setting (tests/support/warm.py is the other end of the socket FD). A program that it
forks has a session, descriptors and an environment of its own, as if it had been started by itself;
that each starts from nothing, too, is tested in tests/deploy and tests/scripts.

A worker comes with a child that is to be its template (worker.trainer.template).
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from typing import Any, NoReturn

from worker.trainer import forking, template

PACKET = template.PACKET
HIGHEST = 500  # above any descriptor of this process
LIBRARIES = (
    "alembic.command", "celery.bin.celery", "celery.bin.worker", "celery.worker.worker",
    "fastapi", "jinja2", "kombu.transport.filesystem", "kombu.transport.redis", "numpy", "psutil",
    "psycopg", "pydantic_settings", "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite",
    "sqlalchemy.orm", "uvicorn",
)  # fmt: skip


def main() -> int:
    """Forks until whoever started this goes; in a child, runs the program."""
    line = socket.socket(fileno=int(sys.argv[1]))
    for name in LIBRARIES:
        importlib.import_module(name)
    children: dict[int, tuple[int, int]] = {}  # by pidfd: process id, where its end is told
    while True:
        ready, _, _ = select.select([line.fileno(), *children], [], [])
        for pidfd in children.keys() & set(ready):
            pid, report = children.pop(pidfd)
            _tell(report, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            os.close(report)
            os.close(pidfd)
        if line.fileno() not in ready:
            continue
        data, descriptors, _, _ = socket.recv_fds(line, PACKET, 16)
        if not data:
            return 0
        request = json.loads(data)
        report, *own = descriptors
        if request["trains"]:
            template.load()
        gc.collect()
        gc.freeze()
        if pid := os.fork():
            for descriptor in own:
                os.close(descriptor)
            children[os.pidfd_open(pid)] = pid, report
            _tell(report, pid)
        else:
            _become(request["environment"], own, request["descriptors"])
            if request["trains"] == "a template":
                _keep_a_template()
            _leave(_run(request["command"]))


def _tell(report: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody waits for it any more
        os.write(report, f"{number}\n".encode())


def _become(environment: Mapping[str, str], own: list[int], numbers: list[int]) -> None:
    """As if it had been started by itself; `own` descriptors get these numbers."""
    os.setsid()
    high = [HIGHEST + place for place in range(len(own))]
    for one, away in zip(own, high, strict=True):
        os.dup2(one, away)
    os.closerange(3, HIGHEST)
    for away, number in zip(high, numbers, strict=True):
        os.dup2(away, number)
        os.close(away)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # it follows TMPDIR, as of now


def _run(command: list[str]) -> int:
    """What follows `python` on a command line; its exit status."""
    how, what, *arguments = command
    sys.argv = [what if how == "-m" else "-c", *arguments]
    try:
        if how == "-m":
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})
    except SystemExit as ended:
        if isinstance(ended.code, str):  # words to be printed
            raise
        return ended.code or 0
    return 0


def _leave(status: int) -> NoReturn:
    """As multiprocessing ends a forked process: threads and what libraries want done are waited
    for, but no module is taken apart, which with PyTorch's takes half a second of CPU."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


class _Spare:
    """A child that becomes the template once it is asked to; what of Popen a worker uses."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.fork()
        if self.pid:
            theirs.close()
            return
        self._line.close()
        data, descriptors, _, _ = socket.recv_fds(theirs, PACKET, 1)
        if not data:  # the worker ended without training
            os._exit(0)
        theirs.close()
        os.setsid()
        os.environ.clear()
        os.environ.update(json.loads(data))
        sys.argv = ["", str(descriptors[0])]
        _leave(template.main())

    def begin(self, line: int, environment: Mapping[str, str]) -> None:
        with self._line:
            socket.send_fds(self._line, [json.dumps(dict(environment)).encode()], [line])

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> None:
        os.waitpid(self.pid, 0)


def _keep_a_template() -> None:
    """For the worker that this process becomes; a second one would be started by itself."""
    spare, cold = [_Spare()], forking.launch

    def launch(line: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        if not spare:
            return cold(line, environment)
        child: Any = spare.pop()
        child.begin(line, environment)
        return child

    forking.launch = launch


if __name__ == "__main__":
    sys.exit(main())
