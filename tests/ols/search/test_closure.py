"""The extra `search` brings what a search needs to decide, and nothing of training."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.deploy.closure import with_only

CODE = """
import sys
from ols.search.importance import importance
from ols.search.judge import gives_up
from ols.search.propose import propose
from ols.search.tried import Tried
from ols.spec.sweep import Sweep
grid = {"method.alpha": {"low": 0, "high": 1}, "epochs": [3, 6, 9]}
sweep = Sweep.parse(
    {"spec": {"method": "ols"}, "grid": grid, "search": "tpe", "budget": {"runs": 12}}
)
tried = []
for number in range(12):
    setting = propose(sweep, tried)
    tried.append(Tried(setting, "complete", 1 - setting["method.alpha"], {1: number / 12}))
assert gives_up(sweep, tried, 0, 1)
assert set(importance(sweep, tried)) == {"method.alpha", "epochs"}
print(sorted({"torch", "fastapi", "celery"} & set(sys.modules)))
"""


@pytest.mark.slow
def test_a_search_works_with_its_extra_alone(tmp_path):
    environment = with_only(["search"], tmp_path)
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
