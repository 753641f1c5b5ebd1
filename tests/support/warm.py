"""Our programs as processes that have loaded everything: they are forked from the nursery."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from worker.trainer import template

NURSERY = "tests.support.nursery"
ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "import sys; from worker.trainer.template import main; sys.exit(main())"
FROM_THE_START = ("LD_", "PYTHON")  # what only a process that is started by itself would heed
UNKNOWN = 1  # exit status of what has outlived the nursery


class Forked(subprocess.Popen[bytes]):
    """A process that the nursery has forked; used as any other."""

    def __init__(self, command: Sequence[str], report: int) -> None:
        self.args, self.returncode = list(command), None
        self.stdin = self.stdout = self.stderr = None
        # The process id and, when it has ended, its exit status.
        self._report = open(report)  # noqa: SIM115 - until then
        self.pid = int(self._report.readline())

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._report], [], [], 0)[0]:
            self.returncode = int(self._report.readline() or UNKNOWN)
            self._report.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None and not select.select([self._report], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        status = self.poll()
        assert status is not None
        return status

    def __del__(self, *_: Any) -> None:
        if not self._report.closed:
            self._report.close()


def without_settings() -> dict[str, str]:
    """This process's environment, without OLS_ settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OLS_")}


@cache
def _nursery() -> socket.socket:
    """Ends with this process."""
    line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        subprocess.Popen(
            # The last word tells tests.support.lab that trainers are forked from it.
            [sys.executable, "-m", NURSERY, str(theirs.fileno()), template.__name__],
            stdin=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            cwd=ROOT,
            env=without_settings() | {"OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
    return line


def can_fork(command: Sequence[str], env: Mapping[str, str]) -> bool:
    """Whether a process forked from the nursery is what this command starts; never in a benchmark,
    which measures what users start."""
    other = {
        name for name in env.keys() | os.environ.keys() if env.get(name) != os.environ.get(name)
    }
    return (
        sys.platform == "linux"
        and "pytest" in sys.modules
        and list(command[:1]) == [sys.executable]
        and command[1] in ("-m", "-c")
        and not any(name.startswith(FROM_THE_START) for name in other)
    )


def start(
    command: Sequence[str],
    env: Mapping[str, str],
    output: int,
    *,
    trains: str = "",
    stdin: int | None = None,
    pass_fds: Sequence[int] = (),
) -> Forked:
    """`python -m` or `python -c` in the repository's root; its output goes to a descriptor.

    `trains`: "a template" keeps one ready for a worker, "itself" has loaded PyTorch.
    """
    given = {1: output, 2: output} | ({} if stdin is None else {0: stdin})
    given |= {number: number for number in pass_fds}
    reading, writing = os.pipe()
    request = {
        "command": list(command[1:]),
        "environment": dict(env),
        "trains": trains,
        "descriptors": list(given),
    }
    socket.send_fds(_nursery(), [json.dumps(request).encode()], [writing, *given.values()])
    os.close(writing)
    return Forked(command, reading)


def launch(line: int, environment: Mapping[str, str]) -> Forked:
    """In place of worker.trainer.forking.launch, for supervisors in the tests' own process."""
    command = [sys.executable, "-c", TEMPLATE, str(line)]
    return start(command, environment, 2, trains="itself", pass_fds=(line,))
