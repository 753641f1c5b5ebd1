"""The stack of docker-compose.yml without Docker: its commands, settings, health checks, signals.

The images' folders are made as the Dockerfile makes them, the processes see the environment of the
compose file and nothing else, import only what the image's extras install (closure.py), and run as
the images' user where the tests may become another user.
Changed are host names, ports and the data folder, which Docker's network and volumes would map.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.deploy.closure import write_sitecustomize
from tests.deploy.compose import SECRETS, extras, image_folder, read, user
from tests.support.lab import is_final
from tests.support.ports import free_port
from tests.support.servers import NotInstalledError, PostgreSQL, RedisServer
from tests.support.waiting import PATIENCE, wait_until

PROGRAMS = Path(sys.executable).parent


class Stack:
    """The services of docker-compose.yml as processes of this machine."""

    def __init__(self, folder: Path) -> None:
        self.services = read(SECRETS)["services"]
        self.folder = folder
        self.web_port = free_port()
        self.postgres = PostgreSQL(SECRETS["POSTGRES_PASSWORD"])
        self.redis = RedisServer(SECRETS["REDIS_PASSWORD"])
        self.images = {
            target: image_folder(target, folder / target) for target in ("web", "worker")
        }
        self.packages = {
            target: write_sitecustomize(folder / f"{target}-packages", extras(target))
            for target in self.images
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        for private in ("data", "home"):
            (folder / private).mkdir()

    def start_servers(self) -> None:
        self.postgres.start()
        self.redis.start()
        login = f"host=127.0.0.1 port={self.postgres.port} user=ols dbname=postgres"
        with psycopg.connect(
            login, password=SECRETS["POSTGRES_PASSWORD"], autocommit=True
        ) as connection:
            connection.execute("CREATE DATABASE ols")

    def mapped(self, value: str) -> str:
        """What Docker's network and volumes would make of a name."""
        return (
            value.replace("@postgres/", f"@127.0.0.1:{self.postgres.port}/")
            .replace("@redis:6379", f"@127.0.0.1:{self.redis.port}")
            .replace("/data", str(self.folder / "data"))
            .replace("127.0.0.1:8000", f"127.0.0.1:{self.web_port}")
            .replace("redis-cli", f"redis-cli -p {self.redis.port}")
        )

    def start(self, name: str, check: list[str] | None = None) -> subprocess.Popen[bytes]:
        """The service's process, or its health check beside it."""
        service = self.services[name]
        given = service.get("environment", {})
        settings = {key: self.mapped(value) for key, value in given.items() if value}
        environment = {
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
            "OLS_PORT": str(self.web_port),
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.postgres.port),
            **settings,
        }
        target = service.get("build", {}).get("target")
        if target is not None:
            environment["PYTHONPATH"] = str(self.packages[target])
        with (self.folder / f"{name}.{'check' if check else 'log'}").open("ab") as log:
            return subprocess.Popen(
                [*self.become(target), *(check or service["command"])],
                cwd=self.images.get(target, self.folder),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def become(self, target: str | None) -> list[str]:
        """Turns into the image's user, if that user may read the interpreter and its packages."""
        if target is None or os.geteuid() != 0:
            return []
        number = user(target)
        prefix = ["setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups"]
        # Through a shell, because setpriv itself keeps root's rights until it has become another.
        probe = [*prefix, "sh", "-c", f"exec '{sys.executable}' -c 'import celery'"]
        if subprocess.run(probe, cwd="/", capture_output=True, check=False).returncode:
            return []
        for path in self.folder, self.folder / "data", self.folder / "home":
            os.chown(path, int(number), int(number))
        return prefix

    def bundled(self, name: str) -> dict[str, str]:
        """What `docker compose exec` of a service writes as its bundle for a bug report."""
        path = self.folder / "data" / "bundle.zip"
        command = ["python", "-m", "backend", "bundle", "--out", str(path)]
        assert self.start(name, command).wait(PATIENCE) == 0
        with zipfile.ZipFile(path) as archive:
            return {one: archive.read(one).decode() for one in archive.namelist()}

    def healthy(self, name: str) -> bool:
        """Runs the service's health check."""
        test = self.services[name]["healthcheck"]["test"]
        command = ["sh", "-c", test] if isinstance(test, str) else test[1:]
        return self.start(name, [self.mapped(word) for word in command]).wait(PATIENCE) == 0

    def wait_until_healthy(self, name: str) -> None:
        wait_until(lambda: self.healthy(name), otherwise=lambda: self.log(name))

    def up(self, *names: str) -> None:
        """Starts services one after the other, each once those it depends on are ready."""
        for name in names:
            for other, how in self.services[name].get("depends_on", {}).items():
                if how["condition"] == "service_healthy":
                    self.wait_until_healthy(other)
            self.running[name] = self.start(name)
            if name == "migrate":
                assert self.running[name].wait(PATIENCE) == 0, self.log(name)

    def stop(self, name: str) -> float:
        """`docker stop`: SIGTERM; seconds until it ended by itself."""
        process = self.running.pop(name)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        return time.monotonic() - began

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def close(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.kill()
                process.wait()
        self.redis.close()
        self.postgres.close()


@pytest.fixture
def stack() -> Iterator[Stack]:
    # Not pytest's tmp_path: those are root's alone, and the services are not root.
    folder = Path(tempfile.mkdtemp(prefix="ols-stack-"))
    try:
        stack = Stack(folder)
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    try:
        yield stack
    finally:
        stack.close()
        shutil.rmtree(folder)


def wrong_password_is_said(stack: Stack) -> None:
    environment = stack.services["migrate"]["environment"]
    right = environment["OLS_DATABASE_URL"]
    environment["OLS_DATABASE_URL"] = "postgresql+psycopg://ols:another@postgres/ols"
    assert stack.start("migrate").wait(PATIENCE) != 0
    assert "password authentication failed" in stack.log("migrate")
    assert "Traceback" not in stack.log("migrate")
    environment["OLS_DATABASE_URL"] = right


def test_the_stack_comes_up_trains_and_goes_down(stack: Stack) -> None:
    assert not stack.healthy("postgres"), "the check can fail"
    assert not stack.healthy("redis"), "the check can fail"
    stack.start_servers()
    wrong_password_is_said(stack)
    stack.up("migrate", "web", "worker-cpu")
    # Each check loads Python anew, so it is not asked for in vain.
    said = partial(stack.log, "worker-cpu")
    wait_until(lambda: " ready." in said(), otherwise=said)
    for name in ("postgres", "redis", "web", "worker-cpu"):
        stack.wait_until_healthy(name)

    token = {"Authorization": f"Bearer {SECRETS['OLS_TOKEN']}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{stack.web_port}") as web:
        assert web.get("/api/runs").status_code == 401
        assert web.get("/healthz").json()["workers"] == 1
        spec = {"method": "ols", "dataset": "digits", "epochs": 2}
        answer = web.post("/api/runs", json={"spec": spec}, headers=token)
        assert answer.status_code == 201, answer.text
        address = f"/api/runs/{answer.json()['id']}"

        def ended() -> dict[str, Any] | None:
            run: dict[str, Any] = web.get(address, headers=token).json()
            return run if is_final(run) else None

        run = wait_until(ended, otherwise=said)
        assert run["state"] == "finished", run["error"]
        assert web.get(f"{address}/checkpoint", headers=token).status_code == 200
        assert "epoch 2/2" in web.get(f"{address}/log", headers=token).text

    for command in ("migrate", "doctor"):  # in the worker's image, which has no web server
        assert stack.start("worker-cpu", ["python", "-m", "backend", command]).wait(PATIENCE) == 0
    checks = (stack.folder / "worker-cpu.check").read_text()
    assert "Traceback" not in checks, checks

    bundled = stack.bundled("web")
    assert "[service=web]" in bundled["logs/web.log"]
    assert "starting on cpu" in bundled["logs/worker-cpu.log"]
    assert stack.stop("worker-cpu") < 20, "the compose file's stop_grace_period"
    assert stack.stop("web") < 10, "Docker's own patience"
    assert "Traceback" not in stack.log("web") + stack.log("worker-cpu")
