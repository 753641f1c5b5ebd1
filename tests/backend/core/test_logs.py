"""What a line of a service's log says of the run it is about."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.core import logs
from backend.core.logs import about
from backend.core.settings import Settings

log = logging.getLogger("ols.test")


@pytest.fixture(autouse=True)
def root() -> Iterator[None]:
    """pytest's own handlers and level come back."""
    own = logging.getLogger()
    handlers, level = list(own.handlers), own.level
    own.handlers.clear()
    yield
    for handler in own.handlers:
        handler.close()
    own.handlers[:] = handlers
    own.setLevel(level)


def written(folder: Path, log_format: str, **facts: str) -> list[str]:
    path = folder / "logs" / "worker.log"
    config = Settings(_env_file=None, data_dir=folder, log_format=log_format, log_file=path)
    logs.set_up(config, **facts)
    log.debug("too fine")
    with about(run=12, attempt=2):
        log.info("starting on %s", "cpu")
        try:
            raise ValueError("no")
        except ValueError:
            log.exception("failed")
    log.warning("idle")
    return path.read_text().splitlines()


def test_text_ends_with_what_it_is_about(tmp_path: Path) -> None:
    first, failed, *traceback, last = written(tmp_path, "text", worker="w:1")
    assert first.endswith("INFO ols.test: starting on cpu [run=12 attempt=2 worker=w:1]")
    assert failed.endswith("ERROR ols.test: failed [run=12 attempt=2 worker=w:1]")
    assert traceback[0].startswith("Traceback")
    assert last.endswith("WARNING ols.test: idle [worker=w:1]")


def test_json_is_one_object_a_line(tmp_path: Path) -> None:
    first, failed, last = map(json.loads, written(tmp_path, "json", worker="w:1"))
    assert first.pop("time")
    assert first == {
        "level": "INFO",
        "logger": "ols.test",
        "message": "starting on cpu",
        "run": 12,
        "attempt": 2,
        "worker": "w:1",
    }
    assert "ValueError: no" in failed["exception"]
    assert "run" not in last


def test_another_thread_is_about_its_own_run(tmp_path: Path) -> None:
    path = tmp_path / "log"
    logs.set_up(Settings(_env_file=None, data_dir=tmp_path, log_file=path))

    def other() -> None:
        with about(run=2):
            log.info("other")

    with about(run=1):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        log.info("own")
    assert [line.split("[")[1] for line in path.read_text().splitlines()] == ["run=2]", "run=1]"]


def test_a_file_is_set_aside_before_it_grows_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "FILE_BYTES", 1000)
    path = tmp_path / "web.log"
    logs.set_up(Settings(_env_file=None, data_dir=tmp_path, log_file=path))
    for _ in range(100):
        log.info("x" * 50)
    assert sorted(p.name for p in tmp_path.glob("web*")) == ["web.log", "web.log.1"]
    assert path.stat().st_size <= 1000


def test_two_processes_with_one_log_file_have_one_each(tmp_path: Path) -> None:
    path = tmp_path / "worker.log"
    other = (
        "import logging, sys; from pathlib import Path; from backend.core import logs;"
        "from backend.core.settings import Settings;"
        f"logs.set_up(Settings(_env_file=None, log_file=Path({str(path)!r})));"
        "logging.getLogger('ols').info('the other'); print('ready', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", other], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(2):  # the second time it has a file already
            logs.set_up(Settings(_env_file=None, log_file=path))
            log.info("own")
        process.communicate("")
    assert "the other" in path.read_text()
    assert (tmp_path / "worker-2.log").read_text().count("own") == 2


def test_an_empty_setting_means_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLS_LOG_FILE", "")
    assert Settings(_env_file=None).log_file is None
