"""A trainer's connection to its supervisor: messages out, an answer for each recorded epoch."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection

from worker.trainer.messages import Message, encode

ORPHANED = 70  # exit status; nobody is there to read it


class Channel:
    """Ends this process when `words` end: an orphan must write no report and no checkpoint."""

    def __init__(self, out: Connection, words: Iterable[object]) -> None:
        self._out = out
        self._recorded = threading.Semaphore(0)
        threading.Thread(target=self._listen, args=(words,), daemon=True).start()

    def send(self, message: Message) -> None:
        """Raises BrokenPipeError when nobody is there any more."""
        self.forward(encode(message))

    def forward(self, data: bytes) -> None:
        """The same with a message of another process, byte for byte."""
        self._out.send_bytes(data)

    def wait_recorded(self) -> None:
        """Until the epoch that was sent is in the database."""
        self._recorded.acquire()

    def _listen(self, words: Iterable[object]) -> None:
        for _ in words:
            self._recorded.release()
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)  # with its DataLoader workers
        os._exit(ORPHANED)


def lines(descriptor: int) -> Iterator[None]:
    """One for each line that comes."""
    # Not through sys.stdin: a thread that waits in a buffered reader makes the exit of Python fail.
    while data := os.read(descriptor, 4096):
        yield from [None] * data.count(b"\n")


def frames(connection: Connection) -> Iterator[bytes]:
    """Each frame that comes."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            yield connection.recv_bytes()
