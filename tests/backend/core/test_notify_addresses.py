"""Reading who is notified; and hours in which nobody is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from backend.core.notice_kinds import WHEN, NoticeKind
from backend.core.notify_addresses import read_addresses
from backend.core.quiet_hours import read_quiet_hours
from backend.core.redaction import redact
from backend.core.settings import Settings

HOOK = "https://example.net/hooks/0f8a6c2e7b1d"


def test_addresses_and_their_events() -> None:
    first, second = read_addresses("slack://a/b/c\n  failed,stale=mailto://u:p@h?to=x,y=z")
    assert (first.name, first.kinds) == ("slack 1", tuple(NoticeKind))
    assert second.name == "mailto 2"
    assert second.kinds == (NoticeKind.FAILED, NoticeKind.DIVERGED, NoticeKind.STALE)
    assert second.url == "mailto://u:p@h?to=x,y=z"
    assert read_addresses(" ") == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("notify_urls", "json://a hunter2", "address 2 is not one"),
        ("notify_urls", "finish=json://hunter2", "address 1 asks for finish; the events are fin"),
        ("notify_webhook", "ftp://hunter2", "address 1 must begin with https:// or http://"),
        ("notify_webhook_secret", "hunter2", "at least 16 characters"),
    ],
)
def test_a_wrong_setting_is_named_and_never_quoted(name: str, text: str, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None, **{name: text})
    [error] = caught.value.errors()
    assert error["loc"] == (name,)
    assert said in error["msg"]
    assert "hunter2" not in error["msg"]


def test_a_webhook_needs_its_secret() -> None:
    with pytest.raises(ValidationError, match="where OLS_NOTIFY_WEBHOOK is set"):
        Settings(_env_file=None, notify_webhook=HOOK)


@pytest.mark.parametrize(
    ("text", "hour", "quiet"),
    [
        ("22:00-07:00 UTC", 22, True),
        ("22:00-07:00 UTC", 6, True),
        ("22:00-07:00 UTC", 7, False),
        ("9:00-17:00 UTC", 12, True),
        ("9:00-17:00 UTC", 17, False),
        ("22:00-07:00 Europe/Berlin", 20, True),
        ("9:00-9:00 UTC", 9, False),
    ],
)
def test_quiet_hours(text: str, hour: int, quiet: bool) -> None:
    hours = read_quiet_hours(text)
    assert hours is not None
    assert hours.at(datetime(2026, 7, 1, hour, tzinfo=UTC)) is quiet


@pytest.mark.parametrize("text", ["22-7", "25:00-7:00", "22:00-07:00 Mars/Olympus", "x"])
def test_wrong_quiet_hours_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="Europe/Berlin"):
        Settings(_env_file=None, notify_quiet=text)


def test_addresses_are_masked_wherever_they_stand() -> None:
    config = Settings(
        _env_file=None,
        notify_urls="slack://tokenAAAAAAAA/tokenBBBBBBBB mailto://me%40x:pa55@example.org",
        notify_webhook=HOOK,
        notify_webhook_secret="the secret of the hook",
    )
    text = f"{HOOK}: tokenBBBBBBBB, pa55, hooks, me@x, 'the secret of the hook'"
    assert redact(text, config) == "***: ***, ***, hooks, ***, '***'"


def test_an_error_of_an_address_shows_none_of_it() -> None:
    [address] = read_addresses("mailto://me:pa55@example.org/path")
    said = "535 for me, pa55 at example.org/path"
    assert address.masked(said) == "535 for me, *** at ***/***"


def test_every_event_says_when_it_comes() -> None:
    assert set(WHEN) == set(NoticeKind)
