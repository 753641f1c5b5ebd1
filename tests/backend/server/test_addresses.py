"""Below a prefix (OLS_ROOT_PATH), every address that leaves begins with it and leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from pydantic import ValidationError

from backend.app import create_app
from backend.core.settings import Settings
from backend.store.database import Database
from tests.backend.conftest import ADDRESS, TestClient
from tests.support import factories as make

PREFIX = "/some/ols"
PAGES = ("/", "/runs/new", "/runs/1", "/compare?runs=1,2", "/experiments", "/experiments/1",
         "/table", "/noise", "/workers", "/methods", "/methods/ols", "/docs",
         "/nothing")  # fmt: skip
HTML = {"Accept": "text/html"}
LINK = re.compile(r'(?<![\w-])(?:href|src|action|data-page)="([^"]*)"')


@pytest.fixture
def below(config: Settings, database: Database) -> Iterator[TestClient]:
    """A lab with two runs and an experiment, served below the prefix."""
    make.trained(database)
    make.trained(database, tags=["one"])
    placed = config.model_copy(update={"root_path": PREFIX})
    with TestClient(create_app(placed), base_url=ADDRESS) as client:
        body = {"spec": {"method": "hard"}, "grid": {"seed": [0, 1]}}
        assert client.post("/api/experiments", json=body).status_code == 201
        yield client


def test_every_address_on_a_page_stays_below_the_prefix(below: TestClient) -> None:
    for path in PAGES:
        answer = below.get(path, headers=HTML)
        assert answer.status_code == (404 if path == "/nothing" else 200), path
        links = {unescape(link) for link in LINK.findall(answer.text)}
        outside = [link for link in links if link and not link.startswith((f"{PREFIX}/", "#", "?"))]
        assert links, path
        assert not outside, path
        assert path == "/docs" or f'<html lang="en" data-root="{PREFIX}">' in answer.text, path


@pytest.mark.slow
def test_every_address_leads_somewhere_with_the_prefix_and_without(below: TestClient) -> None:
    links = {
        unescape(link).partition("#")[0]
        for page in PAGES
        for link in LINK.findall(below.get(page, headers=HTML).text)
    }
    scripts = sorted(link for link in links if "/static/" in link)
    files = [link for link in links if link.endswith("/checkpoint")]  # which these runs lack
    files += [link for link in links if "/reports/" in link]  # seconds each, in another process
    for link in sorted(links.difference(scripts[1:], files)):
        if not link.startswith(PREFIX):
            continue
        assert below.head(link, headers=HTML).status_code == 200, link
    for link in (scripts[0], f"{PREFIX}/runs/1", f"{PREFIX}/api/runs"):
        assert below.head(link.removeprefix(PREFIX), headers=HTML).status_code == 200, link


def test_answers_name_addresses_below_the_prefix(below: TestClient) -> None:
    run = below.post("/api/runs", json={"spec": {"method": "ols"}})
    assert run.headers["location"] == f"{PREFIX}/api/runs/{run.json()['id']}"
    again = below.get("/runs/", follow_redirects=False)
    assert again.status_code in (307, 404)
    slash = below.get("/workers/", follow_redirects=False)
    assert slash.headers["location"] == f"{ADDRESS}{PREFIX}/workers"
    assert {"url": PREFIX} in below.get("/openapi.json").json()["servers"]


def test_a_bundle_takes_addresses_as_the_browser_asks_for_them(below: TestClient) -> None:
    paths = [f"{PREFIX}/api/runs/1/matrices", "/fragments/runs/1/head"]
    assert below.post("/fragments/bundle", json={"paths": paths}).status_code == 200
    paths = [f"{PREFIX}/api/runs/1/checkpoint"]
    assert below.post("/fragments/bundle", json={"paths": paths}).status_code == 422


@pytest.mark.parametrize("prefix", ["", PREFIX])
def test_errors_and_methods_know_the_lab_s_own_paths(below: TestClient, prefix: str) -> None:
    missing = below.get(f"{prefix}/api/runs/99", headers=HTML)
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "not_found"
    assert (
        below.options(f"{prefix}/api/runs/1").headers["allow"]
        == "DELETE, GET, HEAD, OPTIONS, PATCH"
    )
    assert below.get(prefix or "/", headers=HTML).status_code == 200


def test_the_cookie_is_for_the_prefix_alone(config: Settings) -> None:
    config.root_path, token = PREFIX, "a-token-of-many-characters"
    config.token = type(config.token)(token)
    with TestClient(create_app(config), base_url=ADDRESS) as client:
        assert f"{PREFIX}/?token=" in client.get("/workers", headers=HTML).text
        assert client.get("/healthz").status_code in (200, 503)
        for path in (f"{PREFIX}/workers?token={token}&a=1", f"/workers?token={token}&a=1"):
            answer = client.get(path, headers=HTML, follow_redirects=False)
            assert answer.headers["location"] == f"{PREFIX}/workers?a=1"
            assert f"Path={PREFIX}/;" in answer.headers["set-cookie"]


def test_two_labs_of_one_process_have_a_prefix_each(below: TestClient, client: Any) -> None:
    assert f'href="{PREFIX}/workers"' in below.get("/", headers=HTML).text
    assert 'href="/workers"' in client.get("/", headers=HTML).text


@pytest.mark.parametrize("prefix", ["ols", "/a b", "/ols/?x", "//ols", '/"ols'])
def test_a_prefix_is_a_path(prefix: str) -> None:
    with pytest.raises(ValidationError, match="root_path"):
        Settings(_env_file=None, root_path=prefix)


def test_a_last_slash_says_nothing() -> None:
    assert Settings(_env_file=None, root_path="/ols/").root_path == "/ols"
    assert Settings(_env_file=None, root_path="/").root_path == ""


@pytest.mark.parametrize("prefix", ["/runs", "/api/v2", "/static", "/docs"])
def test_a_prefix_that_begins_like_a_page_is_refused(config: Settings, prefix: str) -> None:
    config.root_path = prefix
    with pytest.raises(ValueError, match="OLS_ROOT_PATH"):
        create_app(config)
