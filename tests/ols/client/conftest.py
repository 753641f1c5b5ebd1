"""Spools and logins of the tests' own, and a lab that answers in this process."""

from __future__ import annotations

import pytest

from tests.ols.client.double import LabDouble


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The folder that holds cache and configuration."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "tmp"))
    for name in ("OLS_URL", "OLS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def double():
    return LabDouble()


@pytest.fixture
def lab(double):
    return double.lab()
