"""The extra `client` brings what logging, frames and the commands need, and nothing of training."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.deploy.closure import with_only

CODE = """
import sys
from ols.__main__ import main
from ols.client import Lab
from ols.client.tables import Rows
run = Lab("http://127.0.0.1:9", "").run("alone")
run.log(epoch=1, loss=0.5)
run.log_matrix("soft_labels", [[1, 0], [0, 1]], epoch=1)
run.finish()
assert Rows(lambda: [{"a": {"b": 1}}]).frame()["a.b"].tolist() == [1]
assert main(["sync"]) == 1  # no lab: it is kept
assert main(["ls", "--url", "http://127.0.0.1:9"]) == 1
assert main(["completion", "bash"]) == 0
print(sorted({"torch", "fastapi", "sqlalchemy", "sklearn"} & set(sys.modules)))
"""


@pytest.mark.slow
def test_the_client_works_with_its_extra_alone(tmp_path):
    environment = with_only(["client"], tmp_path)
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
