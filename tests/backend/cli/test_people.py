"""`python -m backend user ...`: what it prints, and how it ends."""

from __future__ import annotations

from pathlib import Path

from backend.core.settings import Settings
from backend.store import people
from backend.store.database import connect
from tests.support.commands import backend


def test_a_token_is_shown_once_and_people_come_and_go(tmp_path: Path) -> None:
    def user(*words: str, **settings: str) -> tuple[int, str, str]:
        done = backend(tmp_path, "user", *words, **settings)
        return done.returncode, done.stdout, done.stderr

    assert "asks no one" in user("list")[1]
    assert "add an admin first" in user("add", "mia")[2]
    status, said, _ = user("add", "anna", "--role", "admin")
    token = said.split()[-1]
    assert (status, token[:4]) == (0, "ols_")
    assert "everybody signs in" in said
    assert user("add", "mia")[0] == 0
    assert "already" in user("add", "MIA")[2]
    assert "invalid choice" in user("add", "zoe", "--role", "root")[2]
    assert "stands for" in user("add", "admin")[2]
    assert "last admin" in user("disable", "anna")[2]
    assert user("disable", "anna", OLS_TOKEN="a-long-enough-secret")[0] == 0
    assert user("enable", "anna")[0] == user("role", "mia", "viewer")[0] == 0
    new = user("rotate", "anna")[1].split()[-1]
    assert "There is no person zoe; there are anna, mia." in user("rotate", "zoe")[2]
    listed = user("list")[1]
    assert "anna  admin" in listed
    assert token not in listed
    database = connect(Settings(_env_file=None, data_dir=tmp_path).resolved_database_url)
    with database.read() as session:
        assert people.with_token(session, people.hash_of(token), "") is None
        assert people.with_token(session, people.hash_of(new), "") is not None
    database.dispose()
