from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from backend.store.database import connect

ROOT = Path(__file__).parents[2]


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "backend", *arguments],
        cwd=ROOT,
        env={**os.environ, "OLS_DATA_DIR": str(folder), **settings},
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_migrate_only_migrates(tmp_path: Path) -> None:
    assert run(tmp_path / "new", "migrate").returncode == 0
    connect(f"sqlite:///{tmp_path}/new/ols.sqlite3", check=True).dispose()


def test_beyond_loopback_it_says_what_is_missing(tmp_path: Path) -> None:
    result = run(tmp_path, OLS_HOST="0.0.0.0")
    assert result.returncode == 1
    assert "OLS_TOKEN" in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())
