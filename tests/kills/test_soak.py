"""The smallest of `make soak`'s soaks, on the default set-up: each kind of kill hits once.

The servers' kills have tests of their own (test_servers.py) and the other half of `make soak`.
"""

from __future__ import annotations

from tests.kills.soak import soak


def test_runs_survive_whatever_is_killed() -> None:
    result = soak("embedded", planned=2, workers=2, seed=1, kills=0)
    assert not result.faults
    assert not result.missing, "these never hit"
    assert result.spared > 0, "no attempt resumed"
