"""Starts and stops the two services as child processes; used by `make up` and `make demo`.

Each service gets a process group of its own, so a Ctrl-C in the terminal reaches this process
only, which ends them in order: a polite signal first, a kill for whatever is left. Should this
process be killed, the kernel tells the services to end (on Linux).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

import httpx
import psutil

from backend.core.settings import Settings, settings
from scripts.restarting import Backoff
from worker.machine.cores import cores

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = {
    "web": [sys.executable, "-m", "backend"],
    "worker": [sys.executable, "-m", "celery", "-A", "worker.app", "worker"],
}
START_SECONDS = 90  # a cold disk reads Python's modules slowly
STOP_SECONDS = 8  # polite part of the end; what is left is killed
RUN_BYTES = 2 * 1024**3  # that a run on a CPU may take, its share of the services included
_PR_SET_PDEATHSIG = 1  # from <sys/prctl.h>


class ServiceError(Exception):
    """A service can't start; the text says what to do."""


class Services:
    """The web service and one worker, for the length of a `with` block.

    `runs`: how many train side by side, where they fit and nobody has said how many.
    """

    def __init__(self, runs: int = 2) -> None:
        self._runs = runs
        self.config: Settings = settings()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, float] = {}
        self._due: dict[str, float] = {}  # when a service that ended is started again
        self._backoff = {name: Backoff() for name in COMMANDS}

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the pages."""
        host = "127.0.0.1" if self.config.host in ("0.0.0.0", "::") else self.config.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.config.port}"

    def client(self) -> httpx.Client:
        """A client of the API, with the token if there is one."""
        token = self.config.token.get_secret_value()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.address, headers=headers, timeout=10)

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        self._claim_data_folder()
        try:
            self._start("web")
            self._wait_for("the web service", "database")
            self._start("worker")
            self._wait_for("the worker", "workers")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def serve(self) -> None:
        """Returns never: until Ctrl-C. A service that ends is started again."""
        while True:
            self.keep_running()
            time.sleep(0.5)

    def keep_running(self) -> None:
        """Starts a service again that has ended, later each time, and says so."""
        now = time.monotonic()
        for name, process in list(self.processes.items()):
            if process.poll() is None:
                continue
            if name not in self._due:
                wait = self._backoff[name].wait(now - self._started[name])
                self._due[name] = now + wait
                print(f"{self._ending(name)}\nIt starts again in {wait:g} s.", flush=True)
            elif now >= self._due[name]:
                del self._due[name]
                self._start(name)

    def check(self) -> None:
        """Raises ServiceError if a service has ended."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise ServiceError(self._ending(name))

    def _ending(self, name: str) -> str:
        return (
            f"The {name} service ended with status {self.processes[name].returncode}. "
            f"The last lines of {self._log(name)}:\n\n{_tail(self._log(name))}"
        )

    def stop(self) -> None:
        """Ends both services and all their descendants; takes at most ten seconds."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must leave nobody behind
        family = self._family()
        # The worker first: it hands its runs back while the database is still there.
        for process in reversed(self.processes.values()):
            if process.poll() is None:
                process.terminate()
        _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
        for straggler in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                straggler.kill()
        psutil.wait_procs(alive, timeout=1)
        self._pid_file.unlink(missing_ok=True)

    # -- starting -------------------------------------------------------------------------------

    @property
    def _pid_file(self) -> Path:
        return self.config.data_dir / "up.pid"

    def _claim_data_folder(self) -> None:
        self.config.data_dir.mkdir(parents=True, exist_ok=True)
        if other := running_instance(self.config):
            raise ServiceError(
                f"OLS Lab runs already on this data folder (process {other.pid}). "
                "Stop it with `make down`, or choose another folder with OLS_DATA_DIR."
            )
        self._probe_port()
        # A process id alone may belong to somebody else by the time it is read.
        self._pid_file.write_text(f"{os.getpid()} {psutil.Process().create_time()}\n")

    def _probe_port(self) -> None:
        host, port = self.config.host, self.config.port
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except OSError as error:
            raise ServiceError(
                f"Port {port} on {host} can't be used ({error.strerror}). "
                f"Choose another with OLS_PORT, for example OLS_PORT={port % 65535 + 1} make demo"
            ) from error

    def _start(self, name: str) -> None:
        path = self._log(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._started[name] = time.monotonic()
        with path.open("ab") as log:
            self.processes[name] = subprocess.Popen(
                COMMANDS[name],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | _slots(self.config, self._runs),
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )

    def _wait_for(self, what: str, part: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        with self.client() as client:
            while time.monotonic() < deadline:
                self.check()
                with contextlib.suppress(httpx.TransportError):
                    health = client.get("/healthz").json()
                    if health.get(part) not in (0, None):
                        return
                time.sleep(0.2)
        raise ServiceError(f"{what} did not answer within {START_SECONDS} s")

    def _log(self, name: str) -> Path:
        return self.config.data_dir / "logs" / f"{name}.log"

    def _family(self) -> list[psutil.Process]:
        family = []
        for process in self.processes.values():
            with contextlib.suppress(psutil.NoSuchProcess):
                parent = psutil.Process(process.pid)
                family += [parent, *parent.children(recursive=True)]
        return family


def running_instance(config: Settings) -> psutil.Process | None:
    """The process that `make up` or `make demo` runs on this data folder, if it lives."""
    try:
        pid, created = (config.data_dir / "up.pid").read_text().split()
        process = psutil.Process(int(pid))
        ours = process.create_time() == float(created)
    except (OSError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return process if ours and process.pid != os.getpid() else None


def _slots(config: Settings, runs: int) -> dict[str, str]:
    """So many runs side by side, or as many as fit into memory, where this machine has two cores
    and nobody has said how many: one after the other takes up to twice as long
    (benchmarks/bench_slots.py)."""
    fitting = min(runs, psutil.virtual_memory().total // RUN_BYTES)
    wanted = cores() >= 2 and fitting >= 2 and "cpu_slots" not in config.model_fields_set
    return {"OLS_CPU_SLOTS": str(fitting)} if wanted else {}


def _end_with_parent() -> None:
    """In a new service, on Linux: SIGTERM when the process that started it is gone."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _tail(path: Path) -> str:
    with path.open(errors="replace") as log:
        return "".join(deque(log, maxlen=15))
