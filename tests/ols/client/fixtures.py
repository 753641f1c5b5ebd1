"""What the client's and the commands' tests share: a home of their own, a real lab."""

from __future__ import annotations

import pytest

from tests.support.processes import web

TOKEN = "a token of the tests"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The folder that holds cache and configuration."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "tmp"))
    for name in ("OLS_URL", "OLS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A real web service with TOKEN, no worker."""
    with web(tmp_path_factory.mktemp("lab"), OLS_TOKEN=TOKEN) as running:
        yield running
