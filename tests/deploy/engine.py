"""docker-compose.yml and the Dockerfile, unchanged, on a real Docker engine: `make test-compose`.

Builds, starts, trains, restarts a worker in the middle of a run, kills one, scales to two, stops
without a traceback, goes down and up with its data kept; with `--from`, upgrades from the images of
an older commit. Not part of `make test`: it needs an engine and 13 GB of disk.

    python -m tests.deploy.engine [--from REVISION]
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.deploy.compose import ROOT, SECRETS
from tests.support.lab import is_final
from tests.support.ports import free_port
from tests.support.waiting import wait_until

PROJECT = "ols-compose-check"
BASES = ("python:3.12-slim", "postgres:17", "redis:8")
STANDINS = ROOT / "tests" / "deploy" / "standin" / "images.sh"
SERVICES = 4  # with a health check: postgres, redis, web, worker-cpu
PATIENCE = 300.0  # seconds for a start or a run


class Lab:
    """The stack of a checkout, under one project name whatever the checkout."""

    def __init__(self, checkout: Path, environment: dict[str, str]) -> None:
        self.checkout = checkout
        self._environment = environment
        address = f"http://127.0.0.1:{environment['OLS_PORT']}"
        self.anyone = httpx.Client(base_url=address, timeout=30)
        token = {"Authorization": f"Bearer {environment['OLS_TOKEN']}"}
        self.api = httpx.Client(base_url=address, headers=token, timeout=30)

    def compose(self, *words: str, check: bool = True) -> str:
        """What `docker compose` of this checkout prints; raises with its output where it fails."""
        command = [*_compose(), "-p", PROJECT, "--profile", "cpu", *words]
        done = subprocess.run(
            command, cwd=self.checkout, env=self._environment, capture_output=True, text=True
        )
        if check and done.returncode:
            raise SystemExit(f"{' '.join(command)}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        return done.stdout + done.stderr

    def up(self, workers: int = 1) -> None:
        """Starts what does not run, and waits until all of it is healthy."""
        self.compose("up", "-d", "--scale", f"worker-cpu={workers}")
        filters = [f"label=com.docker.compose.project={PROJECT}", "health=healthy"]
        listing = ["ps", "-q", *(word for each in filters for word in ("--filter", each))]
        _wait(
            lambda: len(_docker(*listing).split()) == SERVICES - 1 + workers,
            lambda: self.compose("logs", "--no-color", "--tail=8", check=False),
        )

    def submit(self, epochs: int) -> int:
        spec = {"method": "ols", "dataset": "digits", "epochs": epochs}
        answer = self.api.post("/api/runs", json={"spec": spec})
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def run(self, number: int) -> dict[str, Any]:
        answer: dict[str, Any] = self.api.get(f"/api/runs/{number}").json()
        return answer

    def reaches(self, number: int, epoch: int) -> None:
        _wait(lambda: self.run(number)["progress"]["epoch"] >= epoch, lambda: self.log(number))

    def finishes(self, number: int, epochs: int) -> None:
        """The run ends well, and each epoch is there once."""
        _wait(lambda: is_final(self.run(number)), lambda: self.log(number))
        assert self.run(number)["state"] == "finished", self.run(number)["error"]
        recorded = self.api.get(f"/api/runs/{number}/metrics").json()["epochs"]
        assert recorded == list(range(1, epochs + 1)), recorded

    def worker_of(self, number: int) -> str:
        """That of its newest attempt."""
        attempts = self.api.get(f"/api/runs/{number}/attempts").json()["attempts"]
        return str(attempts[0]["worker"])

    def log(self, number: int) -> str:
        return self.api.get(f"/api/runs/{number}/log").text


def check(lab: Lab, lap: Callable[[str], None]) -> None:
    """All but the upgrade; raises AssertionError or SystemExit at the first promise broken."""
    lab.compose("build")
    lap("both images built")
    lab.up()
    lap(f"{SERVICES} services healthy")
    assert lab.anyone.get("/api/runs").status_code == 401
    assert lab.api.get("/api/runs").status_code == 200

    restarted = lab.submit(60)
    lab.reaches(restarted, 5)
    lab.compose("restart", "worker-cpu")
    lab.finishes(restarted, 60)
    assert "resumed after epoch" in lab.log(restarted)
    lap("a run of 60 epochs, its worker restarted in the middle of it")

    killed = lab.submit(60)
    lab.reaches(killed, 5)
    lab.compose("kill", "-s", "SIGKILL", "worker-cpu")
    lab.up()
    lab.finishes(killed, 60)
    assert "resumed after epoch" in lab.log(killed)
    lap("the same, its worker killed")

    lab.up(workers=2)
    pair = [lab.submit(20), lab.submit(20)]
    for number in pair:
        lab.finishes(number, 20)
    assert len({lab.worker_of(number) for number in pair}) == 2
    logs = lab.compose("exec", "-T", "web", "ls", "/data/logs").split()
    assert {"web.log", "worker-cpu.log", "worker-cpu-2.log"} <= set(logs), logs
    lap("two workers trained two runs")

    said = lab.compose("exec", "-T", "worker-cpu", "python", "-m", "backend", "doctor", check=False)
    assert "Traceback" not in said, said
    assert "database" in said.lower(), said
    lab.up(workers=1)
    lab.compose("stop")
    logs_of_all = lab.compose("logs", "--no-color")
    assert "Traceback" not in logs_of_all, logs_of_all[-6000:]
    lap("stopped, no traceback in any log")

    lab.compose("down")
    lab.up()
    assert len(lab.api.get("/api/runs").json()["runs"]) == 4
    assert lab.api.get(f"/api/runs/{killed}/checkpoint").status_code == 200
    lab.compose("build")
    lap("down and up, the data kept; built again from the cache")


def upgrade(old: Lab, new: Lab, lap: Callable[[str], None]) -> None:
    """A run that the older images left in its middle is finished by the newer ones."""
    old.compose("build")
    old.up()
    number = old.submit(60)
    old.reaches(number, 5)
    old.compose("stop")
    lap("an older version stopped in the middle of a run")
    new.up()
    new.finishes(number, 60)
    assert "resumed after epoch" in new.log(number)
    lap("upgraded, its run finished")


def main() -> int:
    """Exit status 0 when every promise held."""
    parser = argparse.ArgumentParser(prog="python -m tests.deploy.engine", description=__doc__)
    parser.add_argument("--from", dest="older", metavar="REVISION", help="upgrade from this commit")
    older: str | None = parser.parse_args().older
    began = time.monotonic()

    def lap(text: str) -> None:
        print(f"[{time.monotonic() - began:4.0f} s] {text}", flush=True)

    _require_engine()
    _require_images()
    lap("base images")
    environment = {
        **os.environ,
        **{name: secrets.token_hex(24) for name in SECRETS},
        "OLS_PORT": str(free_port()),
    }
    lab = Lab(ROOT, environment)
    try:
        check(lab, lap)
        if older:
            lab.compose("down", "-v")
            with _checkout(older) as folder:
                upgrade(Lab(folder, environment), lab, lap)
    finally:
        lab.compose("down", "-v", check=False)
    return 0


def _wait(condition: Callable[[], object], otherwise: Callable[[], str]) -> None:
    wait_until(condition, PATIENCE, otherwise=otherwise)


def _compose() -> list[str]:
    """The plugin, or the older program of its own."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True)
    return ["docker", "compose"] if plugin.returncode == 0 else ["docker-compose"]


def _docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True).stdout


def _require_engine() -> None:
    if _docker("info", "--format", "{{.ServerVersion}}").strip() and (
        _compose() == ["docker", "compose"] or shutil.which("docker-compose")
    ):
        return
    raise SystemExit(
        "No Docker engine answers. On Debian, as root: apt-get install -y docker.io docker-compose "
        "iptables, then start dockerd."
    )


def _require_images() -> None:
    """Pulls the base images; where that fails, as without a network, makes stand-ins of them."""
    lacking = [name for name in BASES if not _docker("image", "inspect", name).strip("[]\n")]
    for name in lacking:
        if subprocess.run(
            ["docker", "pull", "-q", name], capture_output=True, check=False
        ).returncode:
            break
    else:
        return
    print("The base images can't be pulled; stand-ins are made from this machine's packages.")
    packages = sysconfig.get_path("purelib")
    subprocess.run(["bash", str(STANDINS), packages], check=True)


@contextmanager
def _checkout(revision: str) -> Iterator[Path]:
    """The files of a commit, in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(
            ["git", "archive", revision], cwd=ROOT, capture_output=True, check=True
        ).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
        yield Path(folder)


if __name__ == "__main__":
    sys.exit(main())
