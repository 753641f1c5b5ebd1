from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "torch", "torchvision", "scipy", "pandas", "sklearn", "plotly", "alembic", "optuna",
    "numpy", "celery", "pylatexenc", "latex2mathml", "markdown_it",  # until somebody needs them
)  # fmt: skip


@pytest.mark.slow
def test_the_web_process_loads_nothing_heavy() -> None:
    code = f"import sys, backend.app;print([name for name in {HEAVY} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
