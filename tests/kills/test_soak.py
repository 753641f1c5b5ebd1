"""Eight of the three hundred runs of `make soak`."""

from __future__ import annotations

import pytest

from tests.kills.soak import soak
from tests.support.servers import NotInstalledError


def test_eight_runs_survive_whatever_is_killed() -> None:
    try:
        kills, _, faults = soak(number=8, workers=3, seed=1)
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    assert not faults
    assert sum(kills.values()) >= 2, kills
