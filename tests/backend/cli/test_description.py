"""A process of its own describes the API: once, and as the application would."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from backend.cli import description
from tests.backend import contract
from tests.support.processes import web


@pytest.fixture(autouse=True)
def _not_made_yet() -> Iterator[None]:
    description._made.cache_clear()
    yield
    description._made.cache_clear()


@pytest.mark.slow
def test_the_server_answers_with_what_the_application_would_say(tmp_path: Path) -> None:
    with web(tmp_path, OLS_ROOT_PATH="/ols") as server:
        for path in ("/openapi.json", "/api/openapi.json"):
            answer = httpx.get(server.url + path, timeout=60).json()
            assert answer.pop("servers") == [{"url": "/ols"}]
            assert answer == contract.description()
        assert "<h2>Schemas</h2>" in httpx.get(f"{server.url}/docs", timeout=60).text


def test_whoever_asks_while_it_is_made_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    def run(command: list[str], **_: Any) -> Any:
        started.append(command)
        time.sleep(0.05)
        return SimpleNamespace(stdout=json.dumps({"openapi": "3.1.0"}).encode())

    monkeypatch.setattr(subprocess, "run", run)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: description.described(), range(8)))
    assert answers == [{"openapi": "3.1.0"}] * 8
    assert [command[1:] for command in started] == [["-m", "backend", "openapi"]]


def test_a_description_that_failed_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(description.sys, "executable", "/bin/false")
    for _ in range(2):
        with pytest.raises(subprocess.CalledProcessError):
            description.described()
