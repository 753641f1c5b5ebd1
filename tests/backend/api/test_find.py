"""What Ctrl+K offers for a word."""

from __future__ import annotations

from typing import Any

from backend.core.places import AT_THE_FOOT, PLACES
from backend.store import experiments
from backend.store.database import Database
from ols.spec.sweep import Sweep
from tests.support import factories as make


def kinds(client: Any, query: str) -> list[tuple[str, str]]:
    found = client.get(f"/api/find?{query}").json()["results"]
    return [(one["kind"], one["title"]) for one in found]


def test_every_kind_is_found_under_its_own_words(client: Any, database: Database) -> None:
    run = make.trained(database, name="a Größe of its own", epochs=1)
    sweep = Sweep.parse({"spec": {"method": "ols", "dataset": "digits"}, "grid": {"seed": [0, 1]}})
    with database.write() as session:
        experiments.submit(session, sweep, name="groß angelegt")
    assert kinds(client, "q=GRÖSSE") == [("run", "a Größe of its own")]
    assert kinds(client, f"q=%23{run}")[0] == ("run", "a Größe of its own")
    assert ("experiment", "groß angelegt") in kinds(client, "q=gross")
    assert ("method", "Online label smoothing") in kinds(client, "q=online")
    assert ("page", "Workers") in kinds(client, "q=workers")
    assert kinds(client, f"q=c1&run={run}")[0] == ("class", "c1")
    assert ("class", "c1") not in kinds(client, "q=c1")


def test_nothing_is_no_error(client: Any) -> None:
    assert kinds(client, "q=no-such-thing-anywhere") == []
    assert kinds(client, "q=qqq&run=424242") == []
    assert [kind for kind, _ in kinds(client, "")] == ["page"] * len((*PLACES, *AT_THE_FOOT))
    assert client.get("/api/find?run=0").status_code == 422
