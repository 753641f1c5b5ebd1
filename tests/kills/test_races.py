"""Two worker processes that race for each of 80 runs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from backend.store import requests
from ols.spec.run_spec import RunSpec
from tests.kills.ground import Ground
from tests.support.processes import ROOT

RUNS = 80

# Claims and ends runs until the queue is empty, then prints what it got.
RACER = """
import json, sys
from backend.store import claims
from backend.store.database import connect
database, taken = connect(sys.argv[1]), []
print("ready", flush=True)
sys.stdin.readline()
while True:
    with database.write() as session:
        claim = claims.claim_next(session, worker=sys.argv[2], slot=0, lease_seconds=30)
    if claim is None:
        break
    taken.append(claim.run_id)
    with database.write() as session:
        assert claims.finish(session, claim)
print(json.dumps(taken))
"""


@pytest.mark.parametrize("where", ["ground", "embedded"])
def test_two_processes_never_get_the_same_run(where: str, request: pytest.FixtureRequest) -> None:
    lab: Ground = request.getfixturevalue(where)
    with lab.database.write() as session:
        spec = RunSpec.parse({"method": "hard", "dataset": "digits"})
        ids = [requests.submit(session, name=None, tags=[], spec=spec).id for _ in range(RUNS)]
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, lab.config.resolved_database_url, name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b")
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    taken = [json.loads(racer.communicate()[0]) for racer in racers]
    assert sorted(taken[0] + taken[1]) == ids
    assert all(taken), "both got some"
    outcomes = [attempt["outcome"] for run_id in ids for attempt in lab.attempts(run_id)]
    assert outcomes == ["finished"] * RUNS
