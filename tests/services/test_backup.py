"""The backups of docs/deployment.md, carried out as they stand there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from backend.core.settings import Settings
from backend.store import runs
from backend.store.database import Database, connect, migrate
from backend.store.listing import RunQuery
from tests.support import factories as make
from tests.support.servers import PostgreSQL

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "deployment.md").read_text()


def listed(database: Database) -> list[tuple[str, str, list[str]]]:
    with database.read() as session:
        page, _ = runs.listing(session, RunQuery())
    return [(run["name"], run["state"], run["tags"]) for run in page]


def seeded(url: str) -> Database:
    migrate(url)
    database = connect(url)
    make.run_in(database, "finished", name="Übung α", tags=["Größe"])
    make.run_in(database, "queued", name="second")
    return database


def _command(server: PostgreSQL, words: list[str], url: str) -> list[str]:
    """The guide's, on this server and database; the guide's database has its user's name."""
    user = words.index("--username") + 1
    name = url.rsplit("/", 1)[1]
    words = [name if word == "ols" and at != user else word for at, word in enumerate(words)]
    where = ["--host", "127.0.0.1", "--port", str(server.port)]
    return [server.program(words[0]), *where, *words[1:]]


def test_a_dump_of_postgresql_brings_all_runs_back(server: PostgreSQL, tmp_path: Path) -> None:
    dump, restore = (
        shlex.split(re.search(rf"exec -T postgres ({program} [^<>`]*)", GUIDE)[1])  # type: ignore[index]
        for program in ("pg_dump", "pg_restore")
    )
    source, target = server.new_database(), server.new_database()
    before = listed(seeded(source))
    file = tmp_path / "ols.dump"
    with file.open("wb") as stream:
        subprocess.run(_command(server, dump, source), stdout=stream, check=True)
    with file.open("rb") as stream:
        subprocess.run(_command(server, restore, target), stdin=stream, check=True)
    assert len(before) == 2
    assert listed(connect(target)) == before


def test_a_copy_of_sqlite_brings_all_runs_back(tmp_path: Path) -> None:
    (command,) = re.findall(r"^\.venv/bin/python -c '(.*)'$", GUIDE, re.MULTILINE)
    config = Settings(_env_file=None, data_dir=tmp_path / "data")
    (tmp_path / "data").mkdir()
    with seeded(config.resolved_database_url).read() as reader:  # the lab runs meanwhile
        runs.listing(reader, RunQuery())
        subprocess.run([sys.executable, "-c", command], cwd=tmp_path, check=True)
    copy = connect(f"sqlite:///{tmp_path / 'ols-copy.sqlite3'}")
    assert listed(copy) == listed(connect(config.resolved_database_url))
    assert len(listed(copy)) == 2
