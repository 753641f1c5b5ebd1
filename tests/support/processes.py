"""Our own programs as processes: the web service, a worker, anything else of Python's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.support import warm
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE, wait_until
from tests.support.warm import ROOT

WEB = (sys.executable, "-m", "backend")
WORKER = (sys.executable, "-m", "celery", "-A", "worker.app", "worker")


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """This process's environment with the data folder and these OLS_ settings, and no others."""
    return warm.without_settings() | {"OLS_DATA_DIR": str(data_dir)} | settings


def start(
    command: Sequence[str], log: Path, env: dict[str, str], cwd: Path = ROOT, trains: bool = False
) -> subprocess.Popen[bytes]:
    """A process whose output is appended to `log`, in a session of its own: a Ctrl-C in the tests'
    terminal is not meant for it. `trains`: it is a worker, whose trainers load PyTorch."""
    with log.open("ab") as output:
        if cwd == ROOT and warm.can_fork(command, env):
            return warm.start(command, env, output.fileno(), trains="a template" if trains else "")
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def start_worker(data_dir: Path, **settings: str) -> subprocess.Popen[bytes]:
    """`celery -A worker.app worker`, as docker-compose starts it; its log is `worker.log`."""
    return start(WORKER, data_dir / "worker.log", environment(data_dir, **settings), trains=True)


def end(process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    """In good order, else by force; harmless where it has ended."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL, and gone; harmless where it has ended."""
    process.kill()
    process.wait()


def all_end(processes: Sequence[psutil.Process], seconds: float = PATIENCE) -> bool:
    """Whether they all end by themselves."""
    return not psutil.wait_procs(processes, timeout=seconds)[1]


def until_it_answers(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Until the lab answers at `url`; raises AssertionError with the log when `process` ends."""

    def answers() -> bool:
        assert process.poll() is None, f"{process.args!r} ended:\n{log.read_text()}"
        with suppress(httpx.TransportError):
            httpx.get(f"{url}/healthz", timeout=10)
            return True
        return False

    wait_until(answers, otherwise=log.read_text)


@dataclass(frozen=True)
class Web:
    """A running `python -m backend`."""

    url: str
    process: subprocess.Popen[bytes]


def start_web(data_dir: Path, **settings: str) -> Web:
    """Returns when it answers; on a free port unless OLS_PORT is given. Its log is `web.log`.

    Raises AssertionError with the log when it ends instead.
    """
    log = data_dir / "web.log"
    settings = {"OLS_HOST": "127.0.0.1", "OLS_PORT": str(free_port())} | settings
    process = start(WEB, log, environment(data_dir, **settings))
    url = f"http://127.0.0.1:{settings['OLS_PORT']}"
    try:
        until_it_answers(process, url, log)
    except BaseException:
        kill(process)
        raise
    return Web(url, process)


@contextmanager
def web(data_dir: Path, **settings: str) -> Iterator[Web]:
    """The same for the length of a block."""
    running = start_web(data_dir, **settings)
    try:
        yield running
    finally:
        end(running.process)
