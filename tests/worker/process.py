"""A trainer process over its real pipes, driven as the supervisor drives it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ols.spec.run_spec import RunSpec
from ols.training.epoch_report import Progress
from tests.support import warm
from tests.support.processes import ROOT
from worker.trainer.messages import Message, PrecisionWish, decode

SPEC = {"method": "hard", "dataset": "digits", "epochs": 2}


class Process:
    """A trainer process as the supervisor starts it, from one that has loaded PyTorch."""

    def __init__(self, command: list[str], folder: Path, devices: int = 1) -> None:
        self.folder = folder
        reading, writing = os.pipe()
        self.pipe = Connection(reading, writable=False)
        self.log = folder / "train.log"
        self.ranks_dir = folder / "ranks" / "1-1"
        with self.log.open("wb") as log:
            if warm.can_fork(command, os.environ):
                self.popen = self._fork(command, log.fileno(), writing)
            else:
                self.popen = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    pass_fds=(writing,),
                    start_new_session=True,
                )
        os.close(writing)
        job = {
            "run_id": 1,
            "attempt": 1,
            "spec": RunSpec.parse({**SPEC, "devices": devices}).model_dump(mode="json"),
            "pipe": writing,
            "data_dir": str(folder / "datasets"),
            "precision_dir": str(folder / "precision"),
            "checkpoint_dir": str(folder / "checkpoints"),
            "ranks_dir": str(self.ranks_dir),
            "keep": {"last": 2, "best": False, "every": 0},
            "threads": 1,
            "recorded": 0,
            "files_url": "",
        }
        self.tell(json.dumps(job))

    def _fork(self, command: list[str], log: int, pipe: int) -> warm.Forked:
        reading, writing = os.pipe()
        env = dict(os.environ)
        forked = warm.start(command, env, log, trains="itself", stdin=reading, pass_fds=(pipe,))
        os.close(reading)
        forked.stdin = os.fdopen(writing, "wb")
        return forked

    def tell(self, line: str) -> None:
        assert self.popen.stdin is not None
        self.popen.stdin.write(line.encode() + b"\n")
        self.popen.stdin.flush()

    def next(self, kind: type[Any]) -> Any:
        """The next message of a kind; nothing but progress and a wish, granted, may come before."""
        while True:
            message: Message = decode(self.pipe.recv_bytes())
            if isinstance(message, kind):
                return message
            if isinstance(message, PrecisionWish):
                self.tell(message.name)
                continue
            assert isinstance(message, Progress), message

    def checkpoints(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("checkpoints/attempt-000001/*.pt"))

    def end(self) -> None:
        if self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()
        self.pipe.close()
        if self.popen.stdin and not self.popen.stdin.closed:
            self.popen.stdin.close()
