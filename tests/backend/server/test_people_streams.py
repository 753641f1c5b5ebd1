"""A stream that somebody opened ends once they may not come in any more; others' stay open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.core.actor import Role
from backend.store import people
from tests.backend.server.test_live import Server, Stream, start, stop
from tests.support import factories as make
from tests.support.waiting import PATIENCE, wait_until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = start(tmp_path)
    yield server
    stop(server)


@pytest.mark.parametrize("path", ["/api/events", "/api/runs/{run}/events"])
def test_streams_end_with_whoever_opened_them(server: Server, path: str) -> None:
    run_id = make.submit(server.database)
    with server.database.write() as session:
        tokens = {
            name: people.add(session, name, role, has_admin=False)
            for name, role in (("anna", Role.ADMIN), ("mia", Role.MEMBER), ("max", Role.MEMBER))
        }
    address = path.format(run=run_id)
    wait_until(lambda: Stream(server, address).status == 401)  # it knows that there are people
    open_by = {
        name: Stream(server, address, Authorization=f"Bearer {token}")
        for name, token in tokens.items()
    }
    assert {one.status for one in open_by.values()} == {200}
    with server.database.write() as session:
        people.disable(session, "mia", has_admin=False)
        people.rotate(session, "max")
    for name in ("mia", "max"):
        assert open_by[name].ended.wait(PATIENCE)
        assert open_by[name].error is None, "it ends as any stream, not as a broken connection"
    make.claim(server.database)
    assert open_by["anna"].wait_for(1)[-1] == "state"
    assert not open_by["anna"].ended.is_set()
