"""The commands ask a real lab; each test has a tag of its own on it."""

from __future__ import annotations

import json

import pytest

from ols.__main__ import main
from ols.client import Lab
from tests.ols.client.fixtures import TOKEN, home

__all__ = ["home"]


@pytest.fixture
def lab(server, monkeypatch):
    monkeypatch.setenv("OLS_URL", server.url)
    monkeypatch.setenv("OLS_TOKEN", TOKEN)
    return Lab()


@pytest.fixture
def ols(lab, capsys):
    """Runs a command; exit code and standard output, with --json as values."""

    def run(*words):
        capsys.readouterr()
        code = main([str(word) for word in words])
        text = capsys.readouterr().out
        return code, json.loads(text) if "--json" in words else text

    return run
