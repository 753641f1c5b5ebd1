"""The units of docs/systemd, read by systemd itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest

from tests.support.processes import ROOT

UNITS = sorted((ROOT / "docs" / "systemd").glob("*.service"))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs Debian's package systemd")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for unit in UNITS:  # verify looks for the programs
        here = unit.read_text().replace("/opt/ols-lab/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / unit.name).write_text(here.replace("/opt/ols-lab", str(ROOT)))
    command = ["systemd-analyze", "verify", "--man=no", *tmp_path.glob("*.service")]
    verified = subprocess.run(command, capture_output=True, text=True, check=False)
    ours = [line for line in verified.stderr.splitlines() if "ols-" in line]
    assert not ours
    assert verified.returncode == 0, verified.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_service_that_ends_is_always_started_again(unit: Path) -> None:
    parsed = RawConfigParser(strict=False)
    parsed.optionxform = str  # type: ignore[assignment]
    parsed.read(unit)
    assert parsed["Service"]["Restart"] == "always"
    assert parsed["Unit"]["StartLimitIntervalSec"] == "0"
    if unit.stem == "ols-worker":  # or systemd would end the trainers before they are handed back
        assert parsed["Service"]["KillMode"] == "mixed"
