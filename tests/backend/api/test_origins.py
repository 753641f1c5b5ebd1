"""Where runs come from: recorded by attempt, told by address, and compared."""

from __future__ import annotations

from typing import Any

import pytest

from backend.store import origins
from backend.store.database import Database
from backend.store.tables import Run
from ols.provenance.origin import Facts
from tests.support import factories as make

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def facts(**changed: Any) -> Facts:
    base: dict[str, Any] = {
        "command": "python train.py",
        "host": "node1",
        "platform": "Linux",
        "python": "3.11.7",
        "driver": "",
        "git": {"commit": COMMIT, "branch": "main", "dirty": False},
        "packages": {"torch": "2.13.0", "zzz": "1"},
    }
    return base | changed  # type: ignore[return-value]


def begin(client: Any) -> int:
    return client.post("/api/runs/logged", json={}).json()["id"]


def test_a_loop_says_where_it_comes_from(client: Any) -> None:
    run_id = begin(client)
    address = f"/api/runs/{run_id}/origin"
    assert client.get(address).json() == {"data_fingerprint": None, "origins": []}
    body = {**facts(), "changes": "+x = 1\n"}
    answer = client.put(address, json=body)
    assert (answer.status_code, answer.json()["attempt"]) == (201, 1)
    assert client.put(address, json=body).json()["attempt"] == 1, "started again, unchanged"
    assert client.put(address, json=facts(python="3.12.1")).json()["attempt"] == 2
    newest, first = client.get(address).json()["origins"]
    assert (newest["python"], newest["changes"]) == ("3.12.1", False)
    assert (first["git"], first["packages"], first["changes"]) == (
        facts()["git"],
        facts()["packages"],
        True,
    )
    changes = client.get(f"{address}/1/changes")
    assert (changes.text, changes.headers["content-type"]) == (
        "+x = 1\n",
        "text/plain; charset=utf-8",
    )
    assert client.get(f"{address}/2/changes").status_code == 404


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"command": "x" * 20_001}, "command"),
        ({"packages": {"torch": 2}}, "packages.torch"),
        ({"git": {"commit": "a"}}, "git.branch"),
        ({"changes": "x" * 1_000_001}, "changes"),
        ({"token": "x"}, "token"),
    ],
)
def test_what_is_no_origin_is_refused(client: Any, body: dict[str, Any], path: str) -> None:
    answer = client.put(f"/api/runs/{begin(client)}/origin", json=body)
    assert answer.status_code == 422
    assert path in [field["path"] for field in answer.json()["error"]["fields"]]


def test_a_diff_of_a_megabyte_is_taken_and_odd_characters_are_no_error(client: Any) -> None:
    address = f"/api/runs/{begin(client)}/origin"
    changes = "\x00é\n" * 250_000
    assert (
        client.put(address, json=facts(command="\x00a") | {"changes": changes}).status_code == 201
    )
    assert client.get(address).json()["origins"][0]["command"] == "a"
    assert client.get(f"{address}/1/changes").text == changes.replace("\x00", "")


def test_only_a_running_loop_says_so(client: Any, database: Database) -> None:
    trained = make.submit(database)
    assert client.put(f"/api/runs/{trained}/origin", json=facts()).status_code == 409
    ended = begin(client)
    client.post(f"/api/runs/{ended}/finish", json={})
    assert client.put(f"/api/runs/{ended}/origin", json=facts()).status_code == 409
    for address in ("/api/runs/999/origin", "/api/runs/999/origin/1/changes"):
        assert client.get(address).status_code == 404


def test_what_differs_between_runs(client: Any, database: Database) -> None:
    ids = [make.submit(database) for _ in range(3)]
    newer = facts(
        python="3.12.1",
        git={"commit": "f" * 40, "branch": "main", "dirty": True},
        packages={"torch": "2.14.1", "zzz": "2", "aaa": "1"},
        command="python other.py",
    )
    with database.write() as session:
        origins.record(session, ids[0], 1, facts(python="2.7"), "")
        origins.record(session, ids[0], 2, facts(), "")
        origins.record(session, ids[1], 1, newer, "")
        for run_id, precision in zip(ids, ("fp32", "bf16"), strict=False):
            session.get_one(Run, run_id).info = {"precision": precision}
    numbers = ",".join(map(str, ids))
    rows = client.get(f"/api/compare?runs={numbers}").json()["origins"]
    assert [(row["path"], row["values"]) for row in rows] == [
        ("git.commit", [COMMIT, "f" * 40, None]),
        ("git.dirty", [False, True, None]),
        ("precision", ["fp32", "bf16", None]),
        ("python", ["3.11.7", "3.12.1", None]),
        ("packages.torch", ["2.13.0", "2.14.1", None]),
        ("packages.aaa", [None, "1", None]),
        ("packages.zzz", ["1", "2", None]),
    ]
    page = client.get(f"/compare?runs={numbers}").text
    assert "Code and machine: 7 differences" in page
    assert "2.14.1" in page
    assert client.get(f"/api/compare?runs={ids[0]},{ids[2]}").json()["origins"] == []


def test_a_run_keeps_its_last_hundred(database: Database) -> None:
    run_id = make.submit(database)
    with database.write() as session:
        for attempt in range(1, origins.MOST + 4):
            origins.record(session, run_id, attempt, facts(), "")
        attempts = [each["attempt"] for each in origins.listing(session, run_id)]
    assert attempts == list(range(origins.MOST + 3, 3, -1))
