"""A run on several devices: torchrun in this process, a rank for each device, and what they say.

    supervisor <- pipe, stdin -> launcher <- Unix socket -> rank 0, rank 1, ...

torchrun's ranks inherit no descriptor of ours and live in sessions of their own, so each comes back
over a socket: rank 0 reports through it, and every rank ends when it closes (worker.trainer.rank).
The socket's name is one of Linux's abstract space: no file, so none is left by whoever is killed.
torchrun does write files; they go to a folder below the data folder, which the supervisor and the
janitor remove when the launcher could not (worker.trainer.ranks_folders).
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import shutil
import signal
import socket
import struct
import threading
from multiprocessing.connection import Connection, wait
from pathlib import Path

from backend.core.error_codes import ErrorCode
from ols.training.epoch_report import EpochReport
from worker.trainer.channel import Channel
from worker.trainer.failures import explain_exit
from worker.trainer.loop import Ending, Job, log
from worker.trainer.messages import Done, Failure, decode

RANK = ("-m", "worker.trainer.rank")  # what torchrun starts
SOCKET = "OLS_RANKS_SOCKET"  # its name in the ranks' environment, which `address` completes
POLL = 0.2  # seconds between two checks whether torchrun has ended
LAST_WORDS = 10.0  # seconds; a rank's children may hold its socket open for a while


def launch(job: Job, channel: Channel) -> Ending:
    """Trains in `devices` ranks to their common end."""
    devices = job["spec"]["devices"]
    log(f"run {job['run_id']}, attempt {job['attempt']}: starting {devices} ranks")
    os.environ[SOCKET] = f"ols-ranks-{secrets.token_hex(16)}"
    folder = Path(job["ranks_dir"])
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(address())
            server.listen(devices)
            relay = _Relay(server, job, channel)
            relay.start()
            exits = _torchrun(devices, folder)
            relay.finish()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return cause(exits, relay.failures) if exits else Done()


def address() -> str:
    """Of the launcher's socket, in the launcher and in its ranks."""
    return "\0" + os.environ[SOCKET]


def cause(exits: dict[int, int], said: list[Failure]) -> Failure:
    """What ended the first of the ranks; without it the others fail too.

    `exits`: the status of each rank that failed; `said`: what ranks said of it, in order.
    """
    # SIGTERM is torchrun's, to those that are left; by SIGABRT NCCL ends who lost a peer.
    followed = (-signal.SIGTERM, -signal.SIGABRT)
    for rank, status in exits.items():
        if status < 0 and status not in followed:
            return explain_exit(status, f"Rank {rank}")
    if said:
        return min(said, key=lambda failure: failure.code == ErrorCode.CRASH)
    rank = min(exits, key=lambda rank: exits[rank] in followed)
    return explain_exit(exits[rank], f"Rank {rank}")


def _torchrun(devices: int, folder: Path) -> dict[int, int]:
    """Exit statuses of the ranks that failed; empty: all ended well."""
    from torch.distributed import run
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    # It warns of each signal that it sends; what counts is said by the ranks and by `cause`.
    logging.disable(logging.WARNING)
    options = ("--standalone", "--local-addr=127.0.0.1", f"--nproc-per-node={devices}")
    try:
        run.run(run.parse_args([*options, f"--log-dir={folder}", *RANK]))
    except ChildFailedError as error:
        return {rank: failure.exitcode for rank, failure in error.failures.items()}
    except SignalException as error:  # the supervisor ends the run; the ranks have ended
        raise SystemExit(128 + error.sigval) from None
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the supervisor may send it after Done
    return {}


class _Relay(threading.Thread):
    """Gives each rank the job; forwards what rank 0 reports and keeps what goes wrong."""

    def __init__(self, server: socket.socket, job: Job, channel: Channel) -> None:
        super().__init__(name="relay", daemon=True)
        self.failures: list[Failure] = []
        self._server = server
        self._job = json.dumps(job).encode()
        self._channel = channel
        self._ranks: list[Connection] = []
        self._ended = threading.Event()

    def run(self) -> None:
        while self._ranks or not self._ended.is_set():
            for ready in wait([self._server, *self._ranks], POLL):
                if isinstance(ready, Connection):
                    self._hear(ready)
                else:
                    self._welcome()

    def finish(self) -> None:
        """Receives the last messages of the ranks, which have ended."""
        self._ended.set()
        self.join(LAST_WORDS)

    def _welcome(self) -> None:
        line = self._server.accept()[0]
        if not _ours(line):  # an abstract name has no file rights to keep other users out
            line.close()
            return
        rank = Connection(line.detach())
        self._ranks.append(rank)
        with contextlib.suppress(BrokenPipeError):
            rank.send_bytes(self._job)

    def _hear(self, rank: Connection) -> None:
        try:
            data = rank.recv_bytes()
        except (EOFError, OSError):
            self._ranks.remove(rank)
            rank.close()
            return
        message = decode(data)
        if isinstance(message, Failure):
            self.failures.append(message)
            return
        self._channel.forward(data)
        if isinstance(message, EpochReport):
            self._channel.answer()
            with contextlib.suppress(BrokenPipeError):
                rank.send_bytes(b"recorded")


def _ours(line: socket.socket) -> bool:
    """Whether the process at the other end is this user's, as the kernel says."""
    credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, user, _group = struct.unpack("3i", credentials)
    return bool(user == os.getuid())
