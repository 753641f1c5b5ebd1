from __future__ import annotations

import pytest

from backend.core.redaction import redact, without_password
from backend.core.settings import Settings


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://ols:hush@db/ols", "postgresql://ols:***@db/ols"),
        ("redis://:hush@h:6379/0", "redis://:***@h:6379/0"),
        ("at amqp://u:p@ss:w@h/v, tried", "at amqp://u:***@h/v, tried"),
        ("http://127.0.0.1:8000/ at a@b", "http://127.0.0.1:8000/ at a@b"),
        ("sqlite:////data/ols.sqlite3", "sqlite:////data/ols.sqlite3"),
    ],
)
def test_a_password_in_an_address_is_masked(text: str, shown: str) -> None:
    assert without_password(text) == shown


def test_secrets_are_masked_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "aws/key+1")
    monkeypatch.setenv("OLS_TOKEN", "a long, long secret")
    monkeypatch.setenv("POSTGRES_PASSWORD", "x")  # too short: it would mask every x
    config = Settings(_env_file=None, database_url="postgresql://ols:p%40ss@db/ols")
    text = "Bearer a long, long secret, p@ss and p%40ss, aws/key+1, exit"
    assert redact(text, config) == "Bearer ***, *** and ***, ***, exit"
