"""The script for a lent GPU, as far as a CPU can try it; and that it needs no more than ols."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from scripts import gpu_check

ABSENT = ("fastapi", "celery", "sqlalchemy", "redis", "kombu", "uvicorn", "backend", "worker")
BLOCKED = f"""
import sys
for name in {ABSENT!r}:
    sys.modules[name] = None
import tests.gpu.test_gpu
from scripts import gpu_check
sys.exit(gpu_check.main())
"""


def test_it_measures_a_step_without_the_labs_packages(tmp_path: Path) -> None:
    out = tmp_path / "gpu.jsonl"
    options = ["--device", "cpu", "--seconds", "0.01", "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    speed = json.loads(out.read_text())
    assert speed["hard"] > 0 < speed["ols"]
    assert f"| {speed['model']}, 4 x 32 px | fp32 |" in done.stdout


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["gpu_check"])
    assert gpu_check.main() == 2
    assert "No GPU here" in capsys.readouterr().err
