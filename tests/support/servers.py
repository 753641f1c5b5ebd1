"""Private PostgreSQL, Redis and S3 servers on free ports: Debian's packages, and moto for S3.

For tests, the soak and the benchmarks. `start` and `stop` may be called again: the data stays.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import suppress
from pathlib import Path

import psycopg
import redis

from tests.support.ports import free_port
from tests.support.waiting import wait_until

MISSING = {
    "PostgreSQL": "PostgreSQL is not installed: apt-get install postgresql",
    "Redis": "Redis is not installed: apt-get install redis-server",
}


class NotInstalledError(RuntimeError):
    """The server's programs are not on this machine; the message says what to install."""


class PostgreSQL:
    """A cluster of its own in a temporary folder, without fsync; user `ols`, database `postgres`.

    Whoever connects is trusted, unless there is a password. Raises NotInstalledError.
    """

    def __init__(self, password: str = "") -> None:
        self._binaries = _postgresql_programs()
        # PostgreSQL refuses to run as root. The folder is not one of pytest's: those are root's
        # alone, whatever one grants to another user.
        self._prefix = _AS_POSTGRES if os.geteuid() == 0 else []
        self._folder = Path(tempfile.mkdtemp(prefix="ols-postgresql-"))
        if self._prefix:
            shutil.chown(self._folder, "postgres", "postgres")
        self._databases = 0
        self.port = free_port()
        self.url = f"postgresql://ols@127.0.0.1:{self.port}/postgres"
        secret = self._folder / "password"
        secret.write_text(password or "-")
        secret.chmod(0o644)  # nobody else enters the folder
        method = "scram-sha-256" if password else "trust"
        options = ("-U", "ols", "-A", method, "--pwfile", str(secret), "-E", "UTF8", "--no-sync")
        self._run("initdb", *options)

    def new_database(self) -> str:
        """The address of one more, empty database."""
        self._databases += 1
        name = f"lab{self._databases}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url.removesuffix("postgres") + name

    def start(self) -> None:
        """Returns when the server takes connections."""
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off "
            "-c unix_socket_directories='' -c max_connections=200"
        )
        log = str(self._folder / "log")
        self._run("pg_ctl", "-l", log, "-w", "-o", options, "start")

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped."""
        return (self._folder / "data" / "postmaster.pid").exists()

    def stop(self, mode: str = "immediate") -> None:
        """`immediate` is a crash, `fast` ends all connections in order."""
        self._run("pg_ctl", "-m", mode, "-w", "stop")

    def close(self) -> None:
        """Stops the server and removes its files."""
        if self.running:
            self.stop()
        shutil.rmtree(self._folder)

    def program(self, name: str) -> str:
        """The path of one of PostgreSQL's programs, such as pg_dump."""
        return str(self._binaries / name)

    def _run(self, program: str, *arguments: str) -> None:
        data = str(self._folder / "data")
        command = [*self._prefix, str(self._binaries / program), "-D", data, *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)


class RedisServer:
    """A redis-server that keeps nothing on the disk.

    Raises NotInstalledError.
    """

    def __init__(self, password: str = "") -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise NotInstalledError(MISSING["Redis"])
        self.port = free_port()
        self._password = password or None
        user = f":{password}@" if password else ""
        self.url = f"redis://{user}127.0.0.1:{self.port}/0"
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        if password:
            self._command += ["--requirepass", password]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when the server answers."""
        self.process = subprocess.Popen(self._command, cwd="/", stdout=subprocess.DEVNULL)
        with redis.Redis(port=self.port, password=self._password) as client:
            wait_until(lambda: _answers(client), otherwise="redis-server did not answer")

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def flush(self) -> None:
        """FLUSHALL: every queue and message is gone."""
        with redis.Redis(port=self.port, password=self._password) as client:
            client.flushall()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ends the server; what it held is gone."""
        if self.process is not None and self.running:
            self.process.send_signal(number)
            self.process.wait()

    close = stop


class S3Server:
    """moto's server, which speaks S3; it holds one bucket, `lab`, in memory.

    `environment` is what an S3 client needs to find it.
    """

    URL = "s3://lab/some/prefix"

    def __init__(self) -> None:
        self.port = free_port()
        self.environment = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when the bucket is there."""
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self.process = subprocess.Popen(
            command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(self._has_bucket, otherwise="moto's server did not answer")

    def _has_bucket(self) -> bool:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/lab", method="PUT")
        with suppress(OSError):
            urllib.request.urlopen(request, timeout=10).close()
            return True
        return False

    def stop(self) -> None:
        """Ends the server; what it held is gone."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    close = stop


def _answers(client: redis.Redis) -> bool:
    with suppress(redis.ConnectionError):
        return bool(client.ping())
    return False


_AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def _postgresql_programs() -> Path:
    """The folder of the newest installed PostgreSQL's programs (Debian hides them from PATH)."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    candidates = [*found, *([Path(on_path)] if on_path else [])]
    if not candidates:
        raise NotInstalledError(MISSING["PostgreSQL"])
    return candidates[0].parent
