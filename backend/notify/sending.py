"""One message to one address, in a process that is killed when it takes too long."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.core.notify_addresses import Address
from backend.notify import sender_process

LONGEST = 45.0  # seconds; then whoever receives it has not answered
GRACE = 2.0  # seconds that are left to it when the service stops
LONGEST_ERROR = 300  # characters

Send = Callable[[Address, dict[str, Any]], str]  # why it was not sent; empty: it was


class Sender:
    """Sends; `stop` ends what is under way."""

    def __init__(self, stop: threading.Event, longest: float = LONGEST) -> None:
        self._stop = stop
        self._longest = longest

    def __call__(self, address: Address, task: dict[str, Any]) -> str:
        """Why it was not sent, without the address; empty when it was."""
        command = [sys.executable, "-P", str(Path(sender_process.__file__))]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        text: str | None = json.dumps({"url": address.url, **task})
        deadline, stopping = time.monotonic() + self._longest, False
        try:
            while True:
                if self._stop.is_set() and not stopping:
                    deadline, stopping = min(deadline, time.monotonic() + GRACE), True
                try:
                    output, _ = process.communicate(text, timeout=0.2)
                    break
                except subprocess.TimeoutExpired:
                    text = None  # it has it
                if time.monotonic() > deadline:
                    return "the service stopped" if stopping else _late(self._longest)
        finally:
            process.kill()
            process.wait()
        try:
            error = str(json.loads(output)["error"])
        except (ValueError, KeyError, TypeError):
            error = f"its sender ended with status {process.returncode}"
        return address.masked(error)[:LONGEST_ERROR]


def _late(seconds: float) -> str:
    return f"it did not answer within {seconds:g} s"
