"""One rank of a run on several devices: `python -m worker.trainer.rank`, started by torchrun.

The job comes over the launcher's socket, reports go back by it. When it closes, the launcher has
gone and this process ends itself.
"""

from __future__ import annotations

import ctypes
import json
import multiprocessing
import os
import signal
import socket
import sys
from multiprocessing.connection import Connection

from worker.trainer.channel import Channel, frames
from worker.trainer.failures import UNEXPECTED
from worker.trainer.launcher import address
from worker.trainer.loop import attempt, log, train, train_quietly
from worker.trainer.messages import Failure


def main() -> int:
    """Trains; 0 when the run is done. The launcher knows what went wrong before this ends."""
    _die_with_the_launcher()
    rank = int(os.environ["RANK"])
    line = _connect()
    job = json.loads(line.recv_bytes())
    channel = Channel(line, frames(line))
    ending = attempt(lambda: train_quietly(job) if rank else train(job, channel))
    if isinstance(ending, Failure):
        if ending.code in UNEXPECTED:
            log(f"rank {rank} failed: {ending.message}")
            ending = Failure(ending.code, f"Rank {rank}: {ending.message}")
        channel.send(ending)
        for child in multiprocessing.active_children():
            child.kill()  # DataLoader workers, which would hold the line open
        sys.stderr.flush()
        os._exit(1)  # at once: torch's own end may wait for the other ranks
    return 0


def _die_with_the_launcher() -> None:
    """The kernel sees to it, should this process be too busy to notice that its line was cut."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _connect() -> Connection:
    line = socket.socket(socket.AF_UNIX)
    line.connect(address())
    return Connection(line.detach())


if __name__ == "__main__":
    sys.exit(main())
