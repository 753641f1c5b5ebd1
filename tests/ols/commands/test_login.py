"""`ols login` stores what the lab takes, `ols sync` sends what waits."""

from __future__ import annotations

import io

from ols.__main__ import main
from ols.client import Lab
from ols.client.address import Address, login_file, stored_login
from tests.ols.client.fixtures import TOKEN


def test_login_stores_address_and_token_for_this_user_alone(server, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(TOKEN + "\n"))
    assert main(["login", server.url + "/", "--token", "-"]) == 0
    assert stored_login() == Address(server.url, TOKEN)
    assert login_file().stat().st_mode & 0o777 == 0o600
    assert TOKEN not in capsys.readouterr().out
    assert len(Lab().runs(limit=1)) <= 1, "the stored token is taken"


def test_a_wrong_token_is_not_stored(server, capsys):
    assert main(["login", server.url, "--token", "a wrong token of mine"]) == 1
    assert "OLS_TOKEN" in capsys.readouterr().err
    assert stored_login() is None


def test_sync_has_nothing_to_send(capsys):
    assert main(["sync"]) == 0
    assert capsys.readouterr().out == "nothing waits to be sent\n"
