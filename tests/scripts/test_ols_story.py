"""The story's data is what its script records: the first epoch is trained again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from backend.pages.methods.story import DATA, PARTS
from scripts.ols_story import record, written

CLOSE = 0.003  # another processor rounds differently


@pytest.mark.slow
def test_the_first_epoch_gives_the_recorded_numbers_again(tmp_path: Path) -> None:
    committed = json.loads(DATA.read_text())
    again = record(tmp_path, epochs=1)
    for name in ("spec", "classes", "letter", "epoch", "images"):
        assert again[name] == committed[name], name
    first = np.array(committed["rows"][:2]) / PARTS
    assert np.abs(np.array(again["rows"]) / PARTS - first).max() < CLOSE
    assert abs(again["right"][0] - committed["right"][0]) <= 2


def test_the_file_stands_as_the_script_writes_it() -> None:
    assert written(json.loads(DATA.read_text())) == DATA.read_text()
