"""`python -m backend slurm` as it is started, and the template that the docs have."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from backend.cli.slurm.commands import Template
from backend.core.settings import Settings
from backend.store.database import Database
from tests.slurm.fakes import install
from tests.support import factories as make
from tests.support.commands import backend
from tests.support.processes import ROOT, environment, start
from tests.support.waiting import PATIENCE, wait_until

LAB = ROOT / "docs" / "slurm" / "lab.sbatch"


@pytest.mark.slow
def test_it_submits_until_it_is_stopped_and_leaves_its_jobs(
    config: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = install(monkeypatch, tmp_path / "slurm")
    run_id = make.submit(database)
    log = tmp_path / "submitter.log"
    command = [sys.executable, "-m", "backend", "slurm", "--template", str(LAB), "--max", "2"]
    process = start([*command, "--every", "1"], log, environment(config.data_dir))
    wait_until(lambda: fake.states() == {"1": "PENDING"}, otherwise=log.read_text)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0, log.read_text()
    assert fake.states() == {"1": "PENDING"}
    assert f"job 1 is submitted for run {run_id}, with 1 device" in log.read_text()
    assert "this command finds them again" in log.read_text()


def test_it_says_what_is_missing(
    config: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "lab.sbatch"

    def said() -> str:
        ended = backend(config.data_dir, "slurm", "--template", str(script), "--max", "1")
        assert ended.returncode == 1
        return ended.stderr

    assert f"{script} can't be read: No such file" in said()
    script.write_text("python -m worker --once\n")
    assert "its first line must be like #!/bin/bash" in said()
    script.write_text("#!/bin/bash\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "squeue is not on PATH" in said()


def test_the_template_of_the_docs_gives_the_signal_to_the_worker() -> None:
    template = Template.read(LAB)
    assert template.sized
    script = template.script(4)
    assert "#SBATCH --gres=gpu:4\n" in script
    assert "#SBATCH --signal=B:TERM@120\n" in script
    # Without exec the batch shell would get it, and die of it.
    assert script.splitlines()[-1].startswith("exec ")
