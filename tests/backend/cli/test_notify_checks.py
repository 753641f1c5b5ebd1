"""What the doctor and `python -m backend notify` say of notifications, and what they never say."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.cli import notify_command
from backend.cli.bundle import bundle
from backend.cli.checks import examine
from backend.cli.doctor import doctor
from backend.cli.finding import Finding
from backend.core.settings import Settings
from backend.notify import apprise_package
from backend.store import recipients
from backend.store.database import Database
from tests.support import factories as make

URLS = "failed=slack://tokenAAAAAAAA/tokenBBBB/tokenCCCC mailto://me:pa55word@example.org"
NOW = datetime.now(UTC)


def lab(config: Settings, **values: Any) -> Settings:
    return Settings(_env_file=None, **config.model_dump() | {"notify_urls": URLS} | values)


def findings(config: Settings) -> list[Finding]:
    return [one for one in examine(config) if one.subject == "notify"]


def registered(database: Database, config: Settings) -> None:
    with database.write() as session:
        recipients.register(session, config.addresses, NOW - timedelta(days=2))
        session.flush()
        recipients.register(session, config.addresses, NOW - timedelta(days=2))


def test_a_lab_without_an_address_says_nothing(config: Settings) -> None:
    assert findings(config) == []


def test_addresses_are_named_with_their_events(config: Settings, database: Database) -> None:
    own = lab(config)
    [slack, _] = findings(own)
    assert slack.detail == "slack 1: failed, diverged; no service has it"
    registered(database, own)
    assert [one.level for one in findings(own)] == ["ok", "ok"]


def test_what_did_not_arrive_and_what_was_given_up_is_told(
    config: Settings, database: Database
) -> None:
    own = lab(config)
    registered(database, own)
    make.run_in(database, "failed")
    with database.write() as session:
        claim = recipients.claim(session, own.addresses[0], 10, NOW)
        assert claim is not None
        recipients.failed(session, claim, "it answered 500", NOW)
    [slack, _] = findings(own)
    assert slack.level == "warning"
    assert "slack 1: failed, diverged; it answered 500; 1 events wait" in slack.detail
    with database.write() as session:
        later = NOW + timedelta(hours=25)
        claim = recipients.claim(session, own.addresses[0], 10, later)
        assert claim is not None
        assert recipients.failed(session, claim, "it answered 500", later) == 1
    assert "slack 1: 1 events were given up after 24 h" in findings(own)[1].detail


def test_without_apprise_the_doctor_says_what_to_install(
    config: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apprise_package, "find_spec", lambda _: None)
    finding = findings(lab(config))[0]
    assert finding.level == "error"
    assert "pip install 'ols-lab[notify]'" in finding.advice
    assert notify_command.notify(lab(config), test=False) == 1


def test_an_address_is_shown_nowhere(
    config: Settings, database: Database, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    own = lab(
        config,
        notify_webhook="https://example.net/hooks/0f8a6c2e7b1d",
        notify_webhook_secret="the secret of the hook",
    )
    registered(database, own)
    doctor(own)
    notify_command.notify(own, test=False)
    bundle(own, [], tmp_path / "b.zip")
    shown = capsys.readouterr().out + repr(own) + repr(own.addresses)
    with database.read() as session:
        shown += str([vars(row) for row in recipients.listing(session)])
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        shown += "".join(archive.read(name).decode() for name in archive.namelist())
    for secret in ("tokenA", "tokenB", "pa55word", "0f8a6c2e7b1d", "secret of the hook"):
        assert secret not in shown
