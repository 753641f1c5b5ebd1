"""Who asks, and what a role may do: over all routes that the API describes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from backend.core.actor import Actor, Role
from backend.core.settings import Settings
from backend.server import door as door_module
from backend.server import permissions
from backend.server.door import COOKIE, SIGN_IN
from backend.store import people
from backend.store.database import Database
from tests.backend.contract import TestClient, description
from tests.backend.people import add_people, visitor
from tests.support import factories as make

HTML = {"Accept": "text/html"}
OLS_TOKEN = "s3cret-of-the-tests"
SPEC = {"spec": {"method": "ols"}}

# What a viewer may send although its method is unsafe: it changes nothing, or what is theirs.
HARMLESS = {
    "POST /api/experiments/preview",
    "POST /api/runs/estimate",
    "DELETE /api/sign-ins/{sign_in}",
}


def unsafe() -> list[str]:
    """`POST /api/runs/{run_id}/cancel` ... of the whole description."""
    return [
        f"{verb.upper()} {path}"
        for path, verbs in description()["paths"].items()
        for verb in verbs
        if verb.upper() not in permissions.SAFE_METHODS
    ]


@pytest.fixture
def tokens(database: Database) -> dict[str, str]:
    return add_people(database)


@pytest.fixture
def lab(config: Settings, tokens: dict[str, str]) -> Iterator[TestClient]:
    """A lab with people, and nobody signed in."""
    config.token = SecretStr(OLS_TOKEN)
    with visitor(config) as client:
        yield client


def as_(tokens: dict[str, str], name: str) -> dict[str, str]:
    return {"Authorization": tokens[name]}


@pytest.mark.parametrize("operation", unsafe())
def test_a_viewer_gets_403_for_every_change(
    lab: TestClient, tokens: dict[str, str], database: Database, operation: str
) -> None:
    verb, path = operation.split(" ")
    address = re.sub(r"\{\w+\}", "1", path)
    make.submit(database)
    answer = lab.request(verb, address, json={}, headers=as_(tokens, "vera"))
    assert (answer.status_code == 403) == (operation not in HARMLESS)
    if answer.status_code == 403:
        assert answer.json()["error"]["code"] == "forbidden"
        assert "vera is a viewer" in answer.json()["error"]["message"]


def test_every_exception_for_viewers_is_a_route() -> None:
    assert set(unsafe()) >= HARMLESS
    assert "PATCH /api/runs/{run_id}" in unsafe()


def test_a_viewer_reads_everything_that_members_read(
    lab: TestClient, tokens: dict[str, str], database: Database
) -> None:
    run_id = make.trained(database)
    pages = ("/", "/runs/new", f"/runs/{run_id}", "/experiments", "/workers", "/account")
    apis = ("/api/runs", f"/api/runs/{run_id}", f"/api/runs/{run_id}/changes", "/api/account")
    for path in (*pages, *apis):
        assert lab.get(path, headers=as_(tokens, "vera")).status_code == 200, path


def test_people_are_listed_for_admins_alone(lab: TestClient, tokens: dict[str, str]) -> None:
    for name, status in (("vera", 403), ("mia", 403), ("anna", 200)):
        assert lab.get("/api/people", headers=as_(tokens, name)).status_code == status
    listed = lab.get("/api/people", headers={"Authorization": f"Bearer {OLS_TOKEN}"})
    assert [each["name"] for each in listed.json()["people"]] == ["anna", "mia", "max", "vera"]
    assert "ols_" not in listed.text


def test_without_a_token_nothing_is_told(lab: TestClient) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Cookie": f"{SIGN_IN}=of-another-lab"},
        {"Cookie": f"{COOKIE}={lab.app.state.door.cookie}"},  # type: ignore[attr-defined]
    ):
        answer = lab.get("/api/runs", headers=headers)
        assert answer.status_code == 401, headers
        assert answer.json()["error"]["code"] == "unauthorized"
        assert lab.get("/static/favicon.svg", headers=headers).status_code == 401
    page = lab.get("/runs/1?a=b", headers=HTML)
    assert page.status_code == 401
    assert 'name="where" value="/runs/1?a=b"' in page.text
    assert lab.get("/healthz").status_code == 200


def test_ols_token_is_the_first_admins(lab: TestClient) -> None:
    headers = {"Authorization": f"Bearer {OLS_TOKEN}"}
    assert lab.get("/api/account", headers=headers).json()["role"] == "admin"
    run = lab.post("/api/runs", json=SPEC, headers=headers).json()
    assert run["owner"] == "admin"


def test_the_form_signs_in_and_out(lab: TestClient, tokens: dict[str, str]) -> None:
    token = tokens["mia"].removeprefix("Bearer ")
    wrong = lab.post("/sign-in", data={"token": "wrong", "where": "/workers"})
    assert wrong.status_code == 401
    assert 'role="alert"' in wrong.text
    answer = lab.post("/sign-in", data={"token": f" {token} ", "where": "/workers?x=1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/workers?x=1")
    cookie = answer.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=strict", "Max-Age=2592000", "Path=/"):
        assert part in cookie
    assert "Secure" not in cookie
    assert token not in cookie
    account = lab.get("/api/account").json()
    assert (account["name"], account["role"], len(account["sign_ins"])) == ("mia", "member", 1)
    kept = lab.cookies[SIGN_IN]
    out = lab.post("/sign-out")
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert SIGN_IN not in lab.cookies
    assert lab.get("/api/runs", headers={"Cookie": f"{SIGN_IN}={kept}"}).status_code == 401


def test_behind_tls_the_cookie_is_secure(lab: TestClient, tokens: dict[str, str]) -> None:
    token = tokens["mia"].removeprefix("Bearer ")
    answer = lab.get(f"https://127.0.0.1:8000/?token={token}")
    assert "Secure" in answer.headers["set-cookie"]
    assert token not in answer.headers["location"]


@pytest.mark.parametrize(
    ("where", "leads"),
    [("//evil.example/", "/evil.example/"), ("/\\evil.example", "/evil.example"), ("", "/")],
)
def test_signing_in_leads_to_no_other_host(
    lab: TestClient, tokens: dict[str, str], where: str, leads: str
) -> None:
    given = {"token": tokens["mia"].removeprefix("Bearer "), "where": where}
    assert lab.post("/sign-in", data=given).headers["location"] == leads


def test_another_sites_form_signs_nobody_in(lab: TestClient, tokens: dict[str, str]) -> None:
    given = {"token": tokens["mia"].removeprefix("Bearer ")}
    answer = lab.post("/sign-in", data=given, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403


def test_tokens_can_not_be_tried_out(lab: TestClient, tokens: dict[str, str]) -> None:
    for number in range(10):
        tried = lab.post("/sign-in", data={"token": f"guess-{number}"})
        assert tried.status_code == 401
    assert lab.post("/sign-in", data={"token": "right"}).status_code == 429
    assert lab.get("/api/runs", headers=as_(tokens, "mia")).status_code == 429


def test_a_disabled_person_is_out_in_mid_session(
    lab: TestClient, tokens: dict[str, str], database: Database
) -> None:
    lab.get(f"/?token={tokens['mia'].removeprefix('Bearer ')}")
    assert lab.post("/api/runs", json=SPEC).status_code == 201
    with database.write() as session:
        people.disable(session, "mia", has_admin=False)
    assert lab.post("/api/runs", json=SPEC).status_code == 401
    assert lab.get("/api/runs", headers=as_(tokens, "mia")).status_code == 401
    assert lab.get("/", headers=HTML).status_code == 401


def test_another_role_counts_from_the_next_request_on(
    lab: TestClient, tokens: dict[str, str], database: Database
) -> None:
    assert lab.post("/api/runs", json=SPEC, headers=as_(tokens, "mia")).status_code == 201
    with database.write() as session:
        people.set_role(session, "mia", Role.VIEWER, has_admin=False)
    assert lab.post("/api/runs", json=SPEC, headers=as_(tokens, "mia")).status_code == 403


def test_a_revoked_sign_in_is_out(lab: TestClient, tokens: dict[str, str]) -> None:
    lab.get(f"/?token={tokens['vera'].removeprefix('Bearer ')}")
    (mine,) = lab.get("/api/account").json()["sign_ins"]
    other = lab.delete(f"/api/sign-ins/{mine['id']}", headers=as_(tokens, "mia"))
    assert other.status_code == 404
    assert lab.delete(f"/api/sign-ins/{mine['id']}").status_code == 204
    assert lab.get("/api/account").status_code == 401


def test_a_lab_without_people_looks_once_per_second_and_asks_nobody(
    client: Any, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "LOOK", 1000.0)
    looks = []
    look = client.app.state.door._any_people
    monkeypatch.setattr(client.app.state.door, "_any_people", lambda: looks.append(1) or look())
    for _ in range(5):
        assert client.get("/api/runs").status_code == 200
    assert not looks, "it has looked when it started"
    assert client.get("/api/account").json() == {"name": None, "role": None, "sign_ins": []}
    assert "/account" not in client.get("/").text
    add_people(database)
    assert client.get("/api/runs").status_code == 200
    monkeypatch.setattr(door_module, "LOOK", 0.0)
    assert client.get("/api/runs").status_code == 401, "no restart is needed"
    assert len(looks) == 1


# Members and others' runs ---------------------------------------------------------------------


def test_members_change_each_others_runs_unless_the_setting_says_own(
    lab: TestClient, config: Settings, tokens: dict[str, str]
) -> None:
    run = lab.post("/api/runs", json=SPEC, headers=as_(tokens, "mia")).json()
    path, notes = f"/api/runs/{run['id']}", {"notes": "hello"}
    assert lab.patch(path, json=notes, headers=as_(tokens, "max")).status_code == 200
    config.members_change = "own"
    refused = lab.patch(path, json=notes, headers=as_(tokens, "max"))
    assert refused.status_code == 403
    assert f"Run {run['id']} is mia's" in refused.json()["error"]["message"]
    assert lab.patch(path, json=notes, headers=as_(tokens, "mia")).status_code == 200
    assert lab.patch(path, json=notes, headers=as_(tokens, "anna")).status_code == 200
    assert lab.get(path, headers=as_(tokens, "max")).status_code == 200


@pytest.mark.parametrize(
    "operation", [one for one in unsafe() if re.search(r"/\{(run|experiment)_id\}", one)]
)
def test_with_own_every_change_of_anothers_is_refused(
    lab: TestClient, config: Settings, tokens: dict[str, str], operation: str
) -> None:
    config.members_change = "own"
    sweep = {"spec": {"method": "ols"}, "grid": {"seed": [0, 1]}}
    posted = lab.post("/api/experiments", json=sweep, headers=as_(tokens, "mia"))
    assert posted.status_code == 201, posted.text
    assert posted.json()["owner"] == "mia", posted.text
    verb, path = operation.split(" ")
    address = re.sub(r"\{\w+\}", "1", path)
    answer = lab.request(verb, address, json={}, headers=as_(tokens, "max"))
    copies = re.search(r"/(clone|forks?|confirm)$", path) is not None
    assert (answer.status_code == 403) == (not copies), answer.text
    assert lab.request(verb, address, json={}, headers=as_(tokens, "mia")).status_code != 403


@pytest.mark.parametrize("number", ["01", "0000000000001", "+1", "1.0", " 1", "%31", "\u0661"])
def test_a_number_has_no_spelling_that_passes(
    lab: TestClient, config: Settings, tokens: dict[str, str], number: str
) -> None:
    config.members_change = "own"
    lab.post("/api/runs", json=SPEC, headers=as_(tokens, "mia"))
    answer = lab.post(f"/api/runs/{number}/cancel", headers=as_(tokens, "max"))
    assert answer.status_code in (403, 404)
    assert lab.get("/api/runs/1", headers=as_(tokens, "max")).json()["state"] == "queued"


def test_of_several_runs_each_is_looked_at(
    lab: TestClient, config: Settings, tokens: dict[str, str]
) -> None:
    config.members_change = "own"
    runs = [
        lab.post("/api/runs", json=SPEC, headers=as_(tokens, name)).json()["id"]
        for name in ("mia", "max")
    ]
    body = {"ids": runs, "action": "cancel"}
    results = lab.post("/api/runs/actions", json=body, headers=as_(tokens, "max")).json()["results"]
    assert results[0]["error"]["code"] == "forbidden"
    assert results[0]["error"]["one"] == "belongs to somebody else"
    assert results[1]["run"]["state"] == "cancelled"


def test_what_has_no_owner_is_the_admins(database: Database) -> None:
    run_id = make.submit(database)  # before there were people
    max_ = Actor("max", Role.MEMBER, own_only=True)
    with database.read() as session:
        said = permissions.owner_refusal(session, max_, "DELETE", f"/api/runs/{run_id}")
    assert "has no owner" in said
    assert Actor("anna", Role.ADMIN).may_change(None)
