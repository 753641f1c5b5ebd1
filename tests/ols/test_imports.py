"""What must load without torch does, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "torchvision", "sklearn", "PIL")


@pytest.mark.parametrize(
    "module",
    [
        *(
            "ols",
            "ols.spec.run_spec",
            "ols.spec.catalogue",
            "ols.spec.presets",
            "ols.training.epoch_report",
            "ols.errors",
        ),
        *("ols.__main__", "ols.data.availability", "ols.client.lab"),
    ],
)
def test_it_loads_without_torch(module):
    code = f"import sys, {module}; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_availability_is_answered_without_torch():
    code = (
        "import sys; from ols.data.availability import availability; "
        "availability('nowhere'); print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_public_names_resolve_lazily():
    import ols

    for name in ols.__all__:
        assert getattr(ols, name) is getattr(import_module(ols._HOMES[name]), name)
    assert set(ols.__all__) <= set(dir(ols))
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = ols.Nothing
