"""Which lab is asked, with which token, and who may read the token."""

from __future__ import annotations

import pytest

from ols.client.address import DEFAULT_URL, Address, address, login_file, store_login, stored_login
from ols.errors import LabError

LAB, OTHER = "https://lab.example", "https://other.example"


def test_this_machine_is_asked_where_nothing_is_said():
    assert address() == Address(DEFAULT_URL, "")


def test_arguments_come_before_the_environment_and_that_before_the_login(monkeypatch):
    store_login(Address(OTHER, "stored"))
    assert address() == Address(OTHER, "stored")
    monkeypatch.setenv("OLS_URL", LAB + "/")
    monkeypatch.setenv("OLS_TOKEN", "inherited")
    assert address() == Address(LAB, "inherited")
    assert address(token="given") == Address(LAB, "given")


def test_a_token_goes_only_to_the_lab_that_it_is_for(monkeypatch):
    monkeypatch.setenv("OLS_URL", LAB)
    monkeypatch.setenv("OLS_TOKEN", "inherited")
    store_login(Address(OTHER, "stored"))
    assert address(OTHER).token == "stored"
    assert address("https://third.example").token == ""


def test_only_its_owner_may_read_the_login():
    store_login(Address(LAB, "first"))
    path = store_login(Address(LAB, "second"))
    assert path == login_file()
    assert path.stat().st_mode & 0o777 == 0o600
    assert stored_login() == Address(LAB, "second")


def test_a_damaged_login_is_none():
    store_login(Address(LAB, "token")).write_text("{")
    assert stored_login() is None
    assert address() == Address(DEFAULT_URL, "")


@pytest.mark.parametrize("url", ["lab.example", "ftp://lab.example", " ", "8000"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(LabError, match="not a lab's address"):
        address(url)
