"""A machine's wish is measured once and holds for all runs like the first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from worker.trainer.precision import wish


class Trial:
    """Stands for a measurement; `bf16` is its time, that of float32 is 1."""

    images = 32
    possible = True

    def __init__(self, bf16: float, **conditions: Any) -> None:
        self.bf16, self.given = bf16, conditions

    def conditions(self) -> dict[str, Any]:
        return self.given

    def measure(self) -> dict[str, float]:
        return {"fp32": 1.0, "bf16": self.bf16}


@pytest.mark.parametrize(("bf16", "precision"), [(0.7, "bf16"), (0.95, "fp32"), (1.2, "fp32")])
def test_bf16_is_wished_for_where_it_gains_a_tenth(
    tmp_path: Path, bf16: float, precision: str
) -> None:
    said: list[str] = []
    assert wish(tmp_path, Trial(bf16), said.append) == precision  # type: ignore[arg-type]
    assert "1000.0 ms in fp32" in said[0]


def test_what_was_measured_first_holds_until_it_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "precision"
    for trial, precision in (
        (Trial(0.7, width=8), "bf16"),
        (Trial(1.2, width=8), "bf16"),
        (Trial(1.2, width=16), "fp32"),
    ):
        assert wish(folder, trial, print) == precision  # type: ignore[arg-type]
    assert {path.suffix for path in folder.iterdir()} == {".json"}
    for path in folder.iterdir():
        path.unlink()
    assert wish(folder, Trial(1.2, width=8), print) == "fp32"  # type: ignore[arg-type]


def test_a_cpu_without_bf16_is_not_measured(tmp_path: Path) -> None:
    trial = Trial(0.1)
    trial.possible = False
    assert wish(tmp_path / "none", trial, print) == "fp32"  # type: ignore[arg-type]
    assert not (tmp_path / "none").exists()
