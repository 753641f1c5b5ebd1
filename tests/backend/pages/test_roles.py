"""Pages offer nothing that the door would refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from backend.core.actor import Actor, Role, acting
from backend.core.settings import Settings
from backend.store import experiments, saved_views
from backend.store.database import Database
from ols.spec.sweep import Sweep
from tests.backend.contract import TestClient
from tests.backend.people import add_people, visitor
from tests.support import factories as make

# Buttons and forms that ask for a change, by the attribute that scripts know them by.
CHANGES = re.compile(
    r"<(?:button|form)[^>]* data-(?:action|experiment-action|search-action|worker-action|set"
    r"|remove|save|train|form|revoke|view-form)\b[^>]*>"
    r"|<button[^>]*data-testid=\"(?:submit-run|notify-test)\"[^>]*>"
    r"|<form class=\"(?:seeds-form|edit-form)[^>]*>"
)
PAGES = (
    "/",
    "/?group=method.name",
    "/runs/1",
    "/runs/2",
    "/runs/new",
    "/runs/1/fork?epoch=1",
    "/runs/1/audit",
    "/experiments",
    "/experiments/1",
    "/workers",
    "/notifications",
    "/compare?runs=1,2",
    "/table",
    "/fragments/runs/1/head",
    "/fragments/runs?ids=1,2",
)


@pytest.fixture
def people(config: Settings, database: Database) -> Iterator[dict[str, TestClient]]:
    config.members_change = "own"
    tokens = add_people(database)
    with acting(Actor("mia", Role.MEMBER)):
        make.trained(database)
        make.run_in(database, "failed")
        with database.write() as session:
            saved_views.save(session, "a view", "q=x")
            sweep = Sweep.parse({"spec": {"method": "ols"}, "grid": {"seed": [0, 1]}})
            experiments.submit(session, sweep)
    make.heartbeat(database, "w")
    clients = {}
    with visitor(config) as lab:
        for name, token in tokens.items():
            clients[name] = TestClient(lab.app, base_url=str(lab.base_url))
            clients[name].headers |= {"Authorization": token, "Accept": "text/html"}
        yield clients


def offered(client: TestClient, path: str) -> list[str]:
    """The controls of a page that would change something, without those that are disabled."""
    answer = client.get(path)
    assert answer.status_code in (200, 404), answer.text
    return [one for one in CHANGES.findall(answer.text) if " disabled" not in one]


@pytest.mark.parametrize("path", PAGES)
def test_a_viewer_is_offered_nothing(people: dict[str, TestClient], path: str) -> None:
    # The form of a view has a button, which is disabled.
    assert [one for one in offered(people["vera"], path) if "data-view-form" not in one] == []


@pytest.mark.parametrize("path", ["/", "/runs/1", "/experiments/1", "/runs/new", "/workers"])
def test_the_owner_is_offered_what_others_are_not(people: dict[str, TestClient], path: str) -> None:
    assert offered(people["mia"], path), "else this test would find nothing anywhere"
    assert offered(people["anna"], path)
    if path in ("/runs/1", "/experiments/1"):
        others = offered(people["max"], path)
        assert [one for one in others if 'data-action="clone"' not in one] == []


def test_owners_are_a_column_a_filter_and_a_view(people: dict[str, TestClient]) -> None:
    page = people["max"].get("/").text
    assert '<td class="c-owner">mia</td>' in page
    assert '<option value="mia">mia</option>' in page
    assert 'href="/?owner=max"' in page
    mine = people["max"].get("/?owner=max").text
    assert 'data-testid="run-row"' not in mine
    assert "Owner" in people["max"].get("/?group=owner").text
    report = people["max"].get("/reports/runs/1").text
    assert ", by mia" in report


def test_without_people_the_table_has_no_owners(client: TestClient, database: Database) -> None:
    make.submit(database)
    page = client.get("/").text
    assert "Owner" not in page
    assert "Any owner" not in page
    assert 'data-testid="changes"' not in client.get("/runs/1").text
