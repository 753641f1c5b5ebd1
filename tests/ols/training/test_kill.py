"""A run that is killed again and again ends as one that never was."""

from __future__ import annotations

import random
import re
import time

import pytest
import torch

from ols.__main__ import main
from tests.support.forks import Fork

EPOCHS = 6
# Everything with a state of its own: momentum, a schedule by the step, the sums of two epochs,
# random shifts, a holdout with its best weights.
COMMAND = (
    *("train", "--method", "ols", "--dataset", "digits"),
    *("--epochs", str(EPOCHS), "--noise", "symmetric:0.2", "--threads", "1"),
    *("--set", "method.period=2", "--set", "augment.shift=1", "--set", "eval_on=holdout"),
    *("--set", "schedule.warmup_epochs=1", "--batch-size", "32"),
)


def start(folder):
    return Fork(main, [*COMMAND, "--checkpoint-dir", str(folder)])


def rows(text):
    """Epoch -> its line without the seconds, which differ."""
    found = re.findall(r"^ +(\d+) +(.+?) +\S+(?: s)?$", text, re.MULTILINE)
    return {int(epoch): line for epoch, line in found}


def states(folder):
    return torch.load(folder / f"epoch-{EPOCHS:06d}.pt", weights_only=True)


@pytest.mark.slow
def test_kills_at_any_step_change_no_bit(tmp_path):
    calm = start(tmp_path / "calm")
    expected = rows(calm.stdout.read())
    assert list(expected) == list(range(1, EPOCHS + 1))

    seen: dict[int, str] = {}
    kills, chance = 0, random.Random(0)
    for _ in range(20):
        run = start(tmp_path / "killed")
        lines = []
        for line in run.stdout:
            lines.append(line)
            if rows(line) and kills < 3:  # an epoch is done: somewhere in the next one
                time.sleep(chance.uniform(0, 0.4))
                run.kill()
                kills += run.wait() != 0
                break
        printed = "".join(lines) + run.stdout.read()
        status = run.wait()
        for epoch, row in rows(printed).items():
            assert seen.setdefault(epoch, row) == row  # trained again, to the same numbers
        if status == 0:
            break
    assert status == 0
    assert kills >= 2
    assert seen == expected
    assert_equal(states(tmp_path / "killed"), states(tmp_path / "calm"))


def assert_equal(one, other, path="state"):
    """To the bit, however deep."""
    assert type(one) is type(other), path
    if isinstance(one, dict):
        assert one.keys() == other.keys(), path
        for key in one:
            assert_equal(one[key], other[key], f"{path}.{key}")
    elif isinstance(one, torch.Tensor):
        assert torch.equal(one, other), path
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), path
        for index, pair in enumerate(zip(one, other, strict=True)):
            assert_equal(*pair, f"{path}[{index}]")
    else:
        assert one == other, path
