"""Installs each extra alone into a new environment and starts what it is for: `make test-extras`.

`make test` proves the same from the packages' metadata (tests/deploy/closure.py) without a network;
this one is the proof that pip agrees. It needs pip's registry and about 6 GB of disk at a time.

    python -m tests.deploy.extras [train worker ...]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.ports import free_port
from tests.support.processes import ROOT, end, start
from tests.support.receiver import receiver
from tests.support.servers import PostgreSQL, RedisServer
from tests.support.waiting import wait_until

MIGRATE = """\
import os
from backend.store.database import migrate
migrate(os.environ["OLS_DATABASE_URL"])
"""

Check = Callable[[Path, dict[str, str]], None]  # the environment's python, the services' settings


def check_train(python: Path, environment: dict[str, str]) -> None:
    """The command line trains an epoch."""
    command = ["-m", "ols", "train", "--method", "ols", "--dataset", "digits", "--epochs", "1"]
    _run(python, command, environment)


def check_client(python: Path, environment: dict[str, str]) -> None:
    """The client makes a frame, and brings no torch."""
    code = (
        "import sys, ols.client.lab; from ols.client.tables import Rows; "
        "assert len(Rows(lambda: [{'id': 1}]).frame()) == 1; assert 'torch' not in sys.modules"
    )
    _run(python, ["-c", code], environment)


def check_web(python: Path, environment: dict[str, str]) -> None:
    """The web service answers, with PostgreSQL and Redis."""
    address = f"http://127.0.0.1:{environment['OLS_PORT']}/healthz"
    with _service(python, ["-m", "backend"], environment) as process:
        _wait(
            process, lambda: urllib.request.urlopen(address, timeout=5).status == 200, environment
        )


def check_worker(python: Path, environment: dict[str, str]) -> None:
    """The worker comes up and reports, with PostgreSQL and Redis."""
    _run(python, ["-c", MIGRATE], environment)
    command = ["-m", "celery", "-A", "worker.app", "worker"]
    with _service(python, command, environment) as process:
        _wait(process, lambda: _succeeds(python, ["-m", "worker.health"], environment), environment)


def check_agents(python: Path, environment: dict[str, str]) -> None:
    """The server for agents lists its tools."""
    code = (
        "import asyncio; from mcp import Client; from backend.agents.serve import build; "
        "from backend.core.settings import settings\n"
        "async def names():\n"
        "    async with Client(build(settings())) as client:\n"
        "        return [tool.name for tool in (await client.list_tools()).tools]\n"
        "assert 'list_runs' in asyncio.run(names())"
    )
    _run(python, ["-c", MIGRATE], environment)
    _run(python, ["-c", code], environment)


def check_search(python: Path, environment: dict[str, str]) -> None:
    """A search proposes a setting, without torch."""
    code = (
        "import sys; from ols.search.propose import propose; from ols.spec.sweep import Sweep; "
        "sweep = Sweep.parse({'grid': {'method.alpha': {'low': 0, 'high': 1}}, 'search': 'tpe', "
        "'spec': {'method': 'ols'}, 'budget': {'runs': 3}}); "
        "assert propose(sweep, []); assert 'torch' not in sys.modules"
    )
    _run(python, ["-c", code], environment)


def check_s3(python: Path, environment: dict[str, str]) -> None:
    """The object store's client can be imported."""
    _run(python, ["-c", "import s3fs"], environment)


def check_notify(python: Path, environment: dict[str, str]) -> None:
    """A message arrives by apprise."""
    with receiver() as got:
        url = got.url.replace("http://", "json://")
        _run(python, ["-m", "backend", "notify", "--test"], environment | {"OLS_NOTIFY_URLS": url})
        assert got.accepted


CHECKS: dict[str, tuple[tuple[str, ...], Check]] = {
    "train": (("train",), check_train),
    "client": (("client",), check_client),
    "s3": (("s3",), check_s3),
    "search": (("search",), check_search),
    "web": (("web",), check_web),
    "worker": (("worker",), check_worker),
    "agents": (("web", "agents"), check_agents),
    "notify": (("web", "notify"), check_notify),
    "worker image": (("train", "parquet", "worker", "search", "notify", "s3"), check_worker),
    "web image": (("web", "notify", "s3"), check_web),
}


def main() -> int:
    """0 when every extra that was asked for holds what it needs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=", ".join(CHECKS))
    names = parser.parse_args().names or list(CHECKS)
    if unknown := set(names) - set(CHECKS):
        parser.error(f"no such check: {', '.join(sorted(unknown))}")
    failed = [name for name in names if not _holds(name)]
    print(f"{len(names) - len(failed)} passed, {len(failed)} failed", *failed)
    return len(failed)


def _holds(name: str) -> bool:
    extras, check = CHECKS[name]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ols-extra-") as folder:
        python = Path(folder) / "venv" / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", str(python.parents[1])], check=True)
        requirement = f"{ROOT}[{','.join(extras)}]"
        constraints = str(ROOT / "constraints.txt")
        pip = [python, "-m", "pip", "install", "-q", "-c", constraints, requirement]
        subprocess.run(pip, check=True, stdout=subprocess.DEVNULL)
        size = sum(path.lstat().st_size for path in python.parents[1].rglob("*") if path.is_file())
        try:
            with _servers() as environment:
                check(python, environment | {"OLS_DATA_DIR": folder})
        except (subprocess.CalledProcessError, AssertionError) as error:
            print(f"{name}: FAILED: {error}", flush=True)
            return False
    seconds = time.monotonic() - began
    print(f"{name}: ok, {size / 1e6:,.0f} MB installed, {seconds:.0f} s", flush=True)
    return True


@contextmanager
def _servers() -> Iterator[dict[str, str]]:
    postgresql, redis = PostgreSQL(), RedisServer()
    try:
        postgresql.start()
        redis.start()
        scheme, _, rest = postgresql.new_database().partition("://")
        yield {
            "PATH": os.environ["PATH"],
            "OLS_DATABASE_URL": f"{scheme}+psycopg://{rest}",
            "OLS_BROKER_URL": redis.url,
            "OLS_PORT": str(free_port()),
        }
    finally:
        redis.close()
        postgresql.close()


def _run(python: Path, arguments: list[str], environment: dict[str, str]) -> None:
    subprocess.run([python, *arguments], check=True, cwd=ROOT, env=environment)


def _succeeds(python: Path, arguments: list[str], environment: dict[str, str]) -> bool:
    command = [python, *arguments]
    return not subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


@contextmanager
def _service(
    python: Path, arguments: list[str], environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    process = start([str(python), *arguments], _log(environment), environment)
    try:
        yield process
    finally:
        end(process)


def _wait(
    process: subprocess.Popen[bytes], ready: Callable[[], bool], environment: dict[str, str]
) -> None:
    """Raises AssertionError with the service's output when it ends or does not get ready."""

    def up() -> bool:
        assert process.poll() is None, f"it ended:\n{_log(environment).read_text()}"
        with suppress(OSError):  # it does not answer yet
            return ready()
        return False

    wait_until(up, otherwise=_log(environment).read_text)


def _log(environment: dict[str, str]) -> Path:
    return Path(environment["OLS_DATA_DIR"]) / "service.log"


if __name__ == "__main__":
    sys.exit(main())
