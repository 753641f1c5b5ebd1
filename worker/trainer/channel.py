"""A trainer's connection to its supervisor: messages out, and an answer where one is waited for."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import threading
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection

from worker.trainer.messages import Message, encode

ORPHANED = 70  # exit status; nobody is there to read it


class Channel:
    """Ends this process when `words` end: an orphan must write no report and no checkpoint."""

    def __init__(self, out: Connection, words: Iterable[bytes]) -> None:
        self._out = out
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._listen, args=(words,), daemon=True).start()

    def send(self, message: Message) -> None:
        """Raises BrokenPipeError when nobody is there any more."""
        self.forward(encode(message))

    def forward(self, data: bytes) -> None:
        """The same with a message of another process, byte for byte."""
        self._out.send_bytes(data)

    def answer(self) -> str:
        """Waits for the answer to the oldest message that has none yet: to an epoch, that it is in
        the database; to the wish for a precision, which to take."""
        return self._answers.get().decode()

    def _listen(self, words: Iterable[bytes]) -> None:
        for word in words:
            self._answers.put(word)
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)  # with its DataLoader workers
        os._exit(ORPHANED)


def lines(descriptor: int) -> Iterator[bytes]:
    """Each line that comes, without its end."""
    # Not through sys.stdin: a thread that waits in a buffered reader makes the exit of Python fail.
    rest = b""
    while data := os.read(descriptor, 4096):
        *whole, rest = (rest + data).split(b"\n")
        yield from whole


def frames(connection: Connection) -> Iterator[bytes]:
    """Each frame that comes."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            yield connection.recv_bytes()
