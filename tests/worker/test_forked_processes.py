"""Processes that the nursery forks (tests/support/warm.py) are what a command line would start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT, environment, kill, start
from tests.support.waiting import PATIENCE
from tests.support.warm import Forked

TELL = """
import json, os, sys
print(json.dumps([
    os.getpid() == os.getsid(0), os.getcwd(), sorted(os.listdir("/proc/self/fd"))[:3], sys.argv,
    sorted(name for name in os.environ if name.startswith("OLS_")), sys.stdin.read(),
]))
print("to stderr", file=sys.stderr)
sys.exit(7)
"""


def forked(code: str, folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", code, *arguments]
    process = start(command, folder / "log", environment(folder, OLS_PORT="1"))
    assert isinstance(process, Forked) == (sys.platform == "linux")
    return process


def test_it_is_as_if_it_had_been_started_by_itself(tmp_path: Path) -> None:
    process = forked(TELL, tmp_path, "word")
    assert process.wait(PATIENCE) == 7 == process.poll()
    told, error = (tmp_path / "log").read_text().splitlines()
    settings = ["OLS_DATA_DIR", "OLS_PORT"]
    assert json.loads(told) == [True, str(ROOT), ["0", "1", "2"], ["-c", "word"], settings, ""]
    assert error == "to stderr"


def test_a_signal_that_ends_it_is_known(tmp_path: Path) -> None:
    process = forked("import signal; signal.pause()", tmp_path)
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    kill(process)
    assert process.returncode == -signal.SIGKILL
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_what_only_a_new_process_heeds_starts_one(tmp_path: Path) -> None:
    env = environment(tmp_path, PYTHONHASHSEED="5")
    process = start([sys.executable, "-c", ""], tmp_path / "log", env)
    assert not isinstance(process, Forked)
    assert process.wait(PATIENCE) == 0
