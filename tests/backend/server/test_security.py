from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from backend.cli.serve import refusal
from backend.core.settings import Settings
from backend.server.door import COOKIE
from tests.backend.conftest import ADDRESS, TestClient

OLS = {"spec": {"method": "ols"}}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost:8000", 200),
        ("LOCALHOST", 200),
        ("[::1]:8000", 200),
        ("lab.example.org", 200),
        ("lab.example.org:9999", 200),
        ("evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("localhost@evil.example", 400),
        ("evil.example:8000", 400),
        ("0.0.0.0:8000", 400),
        ("[::1", 400),
        ("", 400),
    ],
)
def test_only_our_own_names_are_answered(config: Settings, host: str, status: int) -> None:
    from backend.app import create_app

    config.allowed_hosts = "lab.example.org, 10.0.0.7"
    config.host = "0.0.0.0"
    with TestClient(create_app(config), base_url=ADDRESS) as client:
        answer = client.get("/api/runs", headers={"Host": host})
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["error"]["code"] == "bad_host"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"Origin": ADDRESS}, 201),
        ({"Origin": ADDRESS, "Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Origin": "https://127.0.0.1:8000"}, 201),  # behind a proxy that speaks https
        ({"Origin": "http://127.0.0.1:9000"}, 403),
        ({"Origin": "http://localhost:8000"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[broken"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": ADDRESS, "Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_another_sites_tab_changes_nothing(
    client: Any, headers: dict[str, str], status: int
) -> None:
    answer = client.post("/api/runs", json=OLS, headers=headers)
    assert answer.status_code == status
    assert len(client.get("/api/runs", headers=headers).json()["runs"]) == (status == 201)


def test_default_ports_are_no_difference(client: Any) -> None:
    headers = {"Host": "localhost:80", "Origin": "http://localhost"}
    assert client.post("/api/runs", json=OLS, headers=headers).status_code == 201


@pytest.fixture
def guarded(config: Settings) -> Iterator[TestClient]:
    """A client of a server with a token."""
    from backend.app import create_app

    config.token = SecretStr("s3cret-of-the-tests")
    with TestClient(create_app(config), base_url=ADDRESS, follow_redirects=False) as client:
        yield client


def test_without_the_token_nothing_is_told(guarded: TestClient) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Cookie": f"{COOKIE}=s3cret-of-the-tests"},
    ):
        answer = guarded.get("/api/runs", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "unauthorized"
    page = guarded.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 401
    assert "/?token=" in page.text
    assert guarded.get("/?token=wrong").status_code == 401
    assert guarded.get("/healthz").status_code == 200, "health checks have no token"


def test_the_token_opens_as_a_header(guarded: TestClient) -> None:
    headers = {"Authorization": "Bearer s3cret-of-the-tests"}
    assert guarded.get("/api/runs", headers=headers).status_code == 200
    assert guarded.post("/api/runs", json=OLS, headers=headers).status_code == 201
    refused = guarded.post("/api/runs", json=OLS, headers={**headers, "Origin": "http://e.example"})
    assert refused.status_code == 403


def test_a_visit_with_the_token_sets_a_cookie_and_cleans_the_address(guarded: TestClient) -> None:
    answer = guarded.get("/api/runs?limit=1&token=s3cret-of-the-tests&q=")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/api/runs?limit=1&q="
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "s3cret-of-the-tests" not in cookie
    assert guarded.get("/api/runs").status_code == 200


def test_signing_in_leads_to_no_other_host(guarded: TestClient) -> None:
    answer = guarded.get(f"{ADDRESS}//evil.example/?token=s3cret-of-the-tests")
    assert answer.headers["location"] == "/evil.example/"


@pytest.mark.parametrize(
    ("host", "token", "starts"),
    [
        ("127.0.0.1", "", True),
        ("localhost", "", True),
        ("::1", "", True),
        ("0.0.0.0", "", False),
        ("192.168.1.5", "", False),
        ("0.0.0.0", "s3cret-of-the-tests", True),
    ],
)
def test_beyond_loopback_a_token_is_needed(host: str, token: str, starts: bool) -> None:
    reason = refusal(Settings(_env_file=None, host=host, token=token))
    assert (reason == "") == starts
    if not starts:
        assert "OLS_TOKEN" in reason


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("127.8.9.1:8000", 200),
        ("[::1]:8000", 200),
        ("localhost:8000", 200),
        ("192.168.1.5:8000", 403),
        ("[fe80::1]:8000", 403),
        ("lab.example.org", 403),
    ],
)
def test_without_a_token_only_loopback_is_served(
    config: Settings, address: str, status: int
) -> None:
    """`uvicorn --factory backend.app:create_app --host 0.0.0.0` asks nobody for OLS_TOKEN."""
    from backend.app import create_app

    config.allowed_hosts = "127.8.9.1, 192.168.1.5, fe80::1, lab.example.org"
    with TestClient(create_app(config), base_url=f"http://{address}") as client:
        for path in ("/", "/api/runs", "/healthz", "/static/none"):
            answer = client.get(path)
            assert (answer.status_code == 403) == (status == 403), path
            if status == 403:
                assert answer.json()["error"]["code"] == "token_needed"


def test_tokens_can_not_be_tried_out(guarded: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    guesses = [{"Authorization": f"Bearer guess-{number}"} for number in range(10)]
    for headers in guesses:
        assert guarded.get("/api/runs", headers=headers).status_code == 401
    right = {"Authorization": "Bearer s3cret-of-the-tests"}
    throttled = guarded.get("/api/runs", headers=right)
    assert throttled.status_code == 429, "a guess that is right learns nothing either"
    assert throttled.headers["retry-after"] == "60"
    assert guarded.get("/?token=s3cret-of-the-tests").status_code == 429
    assert guarded.get("/healthz").status_code == 200
    assert len([line for line in caplog.messages if "wrong token" in line]) == 10
    assert "guess-3" not in caplog.text


def test_who_is_signed_in_is_not_locked_out(guarded: TestClient) -> None:
    guarded.get("/?token=s3cret-of-the-tests")
    signed_in = dict(guarded.cookies)
    guarded.cookies.clear()
    for number in range(11):
        guarded.get("/api/runs", headers={"Authorization": f"Bearer guess-{number}"})
    guarded.cookies.update(signed_in)
    assert guarded.get("/api/runs").status_code == 200


@pytest.mark.parametrize(("proxies", "secure"), [("10.1.0.0/16", True), ("10.2.0.1", False)])
def test_behind_a_trusted_tls_proxy_the_cookie_is_secure(
    config: Settings, proxies: str, secure: bool
) -> None:
    from backend.app import create_app

    config.token = SecretStr("s3cret-of-the-tests")
    config.trusted_proxies = proxies
    with TestClient(
        create_app(config), base_url=ADDRESS, follow_redirects=False, client=("10.1.2.3", 5000)
    ) as client:
        answer = client.get(
            "/?token=s3cret-of-the-tests",
            headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"},
        )
    assert ("secure" in answer.headers["set-cookie"].lower()) == secure
