"""Python's functions as processes of their own, forked from one that has loaded PyTorch.

To load it takes two seconds of CPU; what a test kills or looks at is a process all the same.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import IO, Any

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["ols.__main__", "ols.training.trainer"])


class Fork:
    """`function(*arguments)` in a process; ends with the status that it returns.

    `stdout`: what it prints, line by line. The function must be one of a module's.
    """

    def __init__(self, function: Callable[..., int], *arguments: Any) -> None:
        reader, writer = _CONTEXT.Pipe(duplex=False)
        self.process = _CONTEXT.Process(target=_call, args=(writer, function, arguments))
        self.process.start()
        writer.close()
        self.stdout: IO[str] = os.fdopen(os.dup(reader.fileno()))
        reader.close()

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()

    def wait(self) -> int:
        """Its exit status, -9 if it was killed."""
        self.process.join()
        status = self.process.exitcode
        assert status is not None
        return status


def _call(stdout: Connection, function: Callable[..., int], arguments: tuple[Any, ...]) -> None:
    sys.stdout = os.fdopen(os.dup(stdout.fileno()), "w", buffering=1)
    sys.exit(function(*arguments))
