"""Two processes (gloo, on the CPU) compute what one does."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from ols.distributed.ranks import Ranks
from ols.errors import SpecError
from ols.training.trainer import Trainer
from tests.ols import rank_jobs
from tests.support.forks import Fork
from tests.support.ports import free_port


@pytest.fixture(scope="module")
def by_two(tmp_path_factory):
    """The folder of all jobs' results, computed by two processes: both are forked, since loading
    torch takes longer than most jobs. How a command starts them has a test of its own."""
    folder = tmp_path_factory.mktemp("two")
    port = free_port()
    ranks = [Fork(rank_jobs.all_jobs, rank, 2, port, folder) for rank in range(2)]
    try:
        assert [rank.wait() for rank in ranks] == [0, 0], "what went wrong is on stderr"
    finally:
        for rank in ranks:
            rank.kill()
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("job", "tolerance"),
    [
        ("loss", 1e-6),
        ("fsdp", 1e-6),
        ("batch_norm", 1e-12),
        ("methods", 1e-6),
        ("train", 1e-6),
    ],
)
def test_two_processes_give_what_one_gives(by_two, job, tolerance):
    two = torch.load(by_two / job)
    one = getattr(rank_jobs, job)(Ranks())
    assert two.keys() == one.keys()
    for name, value in one.items():
        # The search for a temperature ends near its goal, within 1e-5 of its logarithm; and ranks
        # swap where two entries are all but equal.
        searched = name.endswith(("_scaled", "_temperature"))
        # What was watched of samples is kept in float32.
        coarse = 1e-4 if searched or "watched" in name else 1e-3 if "_rank_" in name else tolerance
        allowed = max(tolerance, coarse)
        torch.testing.assert_close(two[name], value, rtol=0, atol=allowed, equal_nan=True, msg=name)


@pytest.mark.slow
def test_an_image_finds_its_own_row_whichever_process_reads_it(by_two):
    for name, difference in torch.load(by_two / "remembered").items():
        assert difference.abs().max() < 1e-6, name


def test_a_single_process_is_told_to_start_more(spec, data_dir):
    with pytest.raises(SpecError, match=r"devices: 2 processes are needed.*--nproc-per-node 2"):
        Trainer(spec(devices=2), data_dir=data_dir)


@pytest.mark.slow
def test_the_command_line_starts_its_processes(tmp_path):
    command = [sys.executable, "-m", "ols", "train", "--method", "ols", "--devices", "2"]
    command += ["--epochs", "2", "--batch-size", "512", "--set", "model.width=4"]
    run = subprocess.run(
        [*command, "--threads", "1", "--checkpoint-dir", str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("ols on digits, validated on test:") == 1  # one of them speaks
    assert len(list(tmp_path.glob("*.pt"))) == 2
