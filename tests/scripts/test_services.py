"""`make up`, `make demo` and `make down`, as processes: they start, say what is wrong, and end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from scripts import services
from scripts.restarting import Backoff
from tests.support.lab import is_trainer
from tests.support.ports import free_port
from tests.support.processes import ROOT, environment, start
from tests.support.waiting import PATIENCE, wait_until


class Up:
    """One `python -m scripts.<name>` on a data folder and a port of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.env = environment(folder, OLS_PORT=str(port), OLS_HOST="127.0.0.1")
        self.output = folder / "up.out"
        self.process: subprocess.Popen[bytes] | None = None
        self.family: list[psutil.Process] = []

    def start(self, script: str = "up") -> None:
        self.output.unlink(missing_ok=True)
        self.process = start([sys.executable, "-m", f"scripts.{script}"], self.output, self.env)

    def wait_for(self, text: str) -> None:
        assert self.process is not None
        process = self.process
        wait_until(lambda: text in self.text() or process.poll() is not None, otherwise=self.text)
        assert text in self.text(), f"it ended: {self.text()}"
        self.family = psutil.Process(process.pid).children(recursive=True)

    def text(self) -> str:
        return self.output.read_text()

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", f"scripts.{script}"],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
        )

    def end(self, number: signal.Signals = signal.SIGINT) -> None:
        """Sends the signal; returns when the script has ended."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(PATIENCE)

    def survivors(self) -> list[psutil.Process]:
        return [process for process in self.family if _lives(process)]

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.end()
        for process in self.survivors():
            process.kill()


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    up = Up(tmp_path, free_port())
    yield up
    up.close()


def service_that_dies_is_named_and_started_again(up: Up) -> None:
    worker = next(process for process in up.family if "celery" in process.cmdline())
    worker.kill()
    up.wait_for("It starts again in 1 s.")
    assert "The worker service ended with status -9" in up.text()
    assert "worker.log" in up.text()
    wait_until(lambda: worker.pid not in _workers(up) and len(_workers(up)) == 1)
    up.family = _family(up)


def test_up_serves_and_down_leaves_no_process(up: Up) -> None:
    up.start()
    up.wait_for("Ctrl-C stops.")
    assert f"OLS Lab: http://127.0.0.1:{up.port}" in up.text()
    health = httpx.get(f"http://127.0.0.1:{up.port}/healthz").json()
    assert (health["status"], health["workers"]) == ("ok", 1)
    assert len(up.family) == 2
    second = up.run("up")
    assert second.returncode == 1
    assert "Stop it with `make down`" in second.stderr
    service_that_dies_is_named_and_started_again(up)
    down = up.run("down")
    assert (down.returncode, down.stdout) == (0, "Stopped.\n")
    wait_until(lambda: up.survivors() == [])
    assert up.process is not None
    assert up.process.wait(PATIENCE) == 0
    assert not (up.folder / "up.pid").exists()


def test_demo_trains_three_runs_and_goes_on_with_them(up: Up) -> None:
    """Ctrl-C in the middle of training, then once more from there, until it is killed."""
    up.start("demo")
    up.wait_for("/compare?runs=1,2,3")
    up.wait_for("demo: hard labels             running")
    wait_until(lambda: any(is_trainer(process) for process in _family(up)))
    up.family = _family(up)
    up.end()
    assert up.survivors() == [], "no trainer either"
    assert services.STOP_SECONDS < 10, "what has not ended by then is killed"
    assert up.process is not None
    assert up.process.returncode == 0
    assert not (up.folder / "up.pid").exists()
    up.start("demo")
    up.wait_for("/compare?runs=1,2,3")
    runs = httpx.get(f"http://127.0.0.1:{up.port}/api/runs").json()["runs"]
    assert len(runs) == 3, "the same runs as before"
    up.family = _family(up)
    up.end(signal.SIGKILL)
    wait_until(lambda: up.survivors() == [])
    assert "Nothing is running" in up.run("down").stdout, "what the dead one left is no hindrance"


def _family(up: Up) -> list[psutil.Process]:
    assert up.process is not None
    return psutil.Process(up.process.pid).children(recursive=True)


def _workers(up: Up) -> list[int]:
    processes = [process for process in _family(up) if _lives(process)]
    return [process.pid for process in processes if "celery" in process.cmdline()]


def test_what_ends_again_and_again_is_started_ever_later() -> None:
    backoff = Backoff()
    assert [backoff.wait(ran=2.0) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert backoff.wait(ran=3600.0) == 1, "it ran well meanwhile"
    assert backoff.wait(ran=2.0) == 1


def test_a_port_in_use_is_named_with_the_way_out(up: Up) -> None:
    with socket.create_server(("127.0.0.1", up.port)):
        refused = up.run("up")
    assert refused.returncode == 1
    assert f"Port {up.port} on 127.0.0.1 can't be used" in refused.stderr
    assert "OLS_PORT=" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_down_kills_nobody_whose_process_id_was_reused(up: Up) -> None:
    """The file names this test's process, with another start time: it must survive."""
    (up.folder / "up.pid").write_text(f"{os.getpid()} 12345.0\n")
    down = up.run("down")
    assert down.returncode == 0
    assert "Nothing is running" in down.stdout


def test_runs_train_side_by_side_where_they_fit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plain = services.Settings(_env_file=None, data_dir=tmp_path)
    memory = services.psutil.virtual_memory()._replace
    monkeypatch.setattr(services.psutil, "virtual_memory", lambda: memory(total=8 * 1024**3))
    monkeypatch.setattr(services, "cores", lambda: 2)
    assert services._slots(plain, 2) == {"OLS_CPU_SLOTS": "2"}
    assert services._slots(plain, 3) == {"OLS_CPU_SLOTS": "3"}
    chosen = services.Settings(_env_file=None, data_dir=tmp_path, cpu_slots=1)
    assert services._slots(chosen, 2) == {}, "somebody has said how many"
    monkeypatch.setattr(services, "cores", lambda: 1)
    assert services._slots(plain, 2) == {}
    monkeypatch.setattr(services, "cores", lambda: 2)
    monkeypatch.setattr(services.psutil, "virtual_memory", lambda: memory(total=5 * 1024**3))
    assert services._slots(plain, 3) == {"OLS_CPU_SLOTS": "2"}, "a third would not fit"
    monkeypatch.setattr(services.psutil, "virtual_memory", lambda: memory(total=3 * 1024**3))
    assert services._slots(plain, 2) == {}
