"""People and their sign-ins in the store: also on PostgreSQL (tests/services)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from backend.core.actor import FIRST_ADMIN, Actor, Role, acting
from backend.store import people, trail
from backend.store.database import Database
from backend.store.errors import Conflict, NotFound, Unfit
from backend.store.tables import SignIn
from tests.support import factories as make

ADMIN_HASH = "of OLS_TOKEN"


def add(database: Database, name: str, role: Role = Role.MEMBER, *, has_admin: bool = True) -> str:
    with database.write() as session:
        return people.add(session, name, role, has_admin=has_admin)


def whose(database: Database, token: str) -> Actor | None:
    with database.read() as session:
        return people.with_token(session, people.hash_of(token), ADMIN_HASH)


def signed_in(database: Database, key: str, admin_hash: str = ADMIN_HASH) -> Actor | None:
    with database.read() as session:
        return people.with_cookie(session, people.hash_of(key), admin_hash)


def sign_in(database: Database, who: Actor, token_hash: str) -> str:
    with database.write() as session:
        return people.sign_in(session, who, token_hash, "a browser\x00", "10.0.0.7")


def test_a_token_names_its_person_and_only_its_hash_is_kept(database: Database) -> None:
    token = add(database, " Åsa ")
    assert whose(database, token) == Actor("Åsa", Role.MEMBER)
    assert whose(database, token + "x") is None
    with database.read() as session:
        assert people.any_people(session)
        kept = people.require(session, "ÅSA")
        assert token not in (kept.name, kept.token_hash)
        assert people.with_token(session, ADMIN_HASH, ADMIN_HASH) == Actor(FIRST_ADMIN, Role.ADMIN)
        assert people.with_token(session, "", "") is None, "no OLS_TOKEN is nobody's"


@pytest.mark.parametrize("name", ["", " ", "a,b", "a\nb", "x" * 65, "Admin", "NULL"])
def test_some_names_are_nobodys(database: Database, name: str) -> None:
    with pytest.raises(Unfit) as refused:
        add(database, name)
    assert refused.value.field == "name"


def test_a_name_is_taken_once_whatever_its_capitals(database: Database) -> None:
    add(database, "Grün")
    with pytest.raises(Conflict, match="already"):
        add(database, "GRÜN")


def test_nobody_is_locked_out_for_good(database: Database) -> None:
    with pytest.raises(Conflict, match="add an admin first"):
        add(database, "bob", Role.VIEWER, has_admin=False)
    add(database, "anna", Role.ADMIN, has_admin=False)
    with database.write() as session:
        with pytest.raises(Conflict, match="last admin"):
            people.disable(session, "anna", has_admin=False)
        with pytest.raises(Conflict, match="last admin"):
            people.set_role(session, "anna", Role.MEMBER, has_admin=False)
        people.add(session, "carl", Role.ADMIN, has_admin=False)
        people.disable(session, "anna", has_admin=False)
        with pytest.raises(Conflict, match="last admin"):
            people.disable(session, "carl", has_admin=False)
        people.disable(session, "carl", has_admin=True)
    with database.write() as session, pytest.raises(NotFound, match="there are anna, carl"):
        people.enable(session, "zoe")


def test_disabled_people_and_their_sign_ins_are_gone_at_once(database: Database) -> None:
    token = add(database, "anna")
    key = sign_in(database, Actor("anna", Role.MEMBER), people.hash_of(token))
    assert signed_in(database, key) == Actor("anna", Role.MEMBER)
    with database.write() as session:
        people.disable(session, "anna", has_admin=True)
    assert whose(database, token) is signed_in(database, key) is None
    with database.write() as session:
        people.enable(session, "anna")
    assert whose(database, token) == Actor("anna", Role.MEMBER)
    assert signed_in(database, key) is None, "an ended sign-in stays ended"


def test_a_new_token_ends_the_old_one_and_its_sign_ins(database: Database) -> None:
    old = add(database, "anna")
    key = sign_in(database, Actor("anna", Role.MEMBER), people.hash_of(old))
    with database.write() as session:
        new = people.rotate(session, "Anna")
    assert whose(database, old) is signed_in(database, key) is None
    assert whose(database, new) == Actor("anna", Role.MEMBER)


def test_the_first_admins_sign_ins_end_with_ols_token(database: Database) -> None:
    key = sign_in(database, Actor(FIRST_ADMIN, Role.ADMIN), ADMIN_HASH)
    assert signed_in(database, key) == Actor(FIRST_ADMIN, Role.ADMIN)
    assert signed_in(database, key, "of another OLS_TOKEN") is None
    assert signed_in(database, key, "") is None


def test_a_sign_in_ends_after_thirty_days(database: Database) -> None:
    token = add(database, "anna")
    who = Actor("anna", Role.MEMBER)
    key = sign_in(database, who, people.hash_of(token))
    with database.read() as session:
        (row,) = people.sign_ins(session, "anna")
    assert row["expires_at"] - row["created_at"] == timedelta(days=30)
    assert (row["browser"], row["address"]) == ("a browser", "10.0.0.7")
    with database.write() as session:
        session.execute(update(SignIn).values(expires_at=datetime.now(UTC)))
    assert signed_in(database, key) is None
    sign_in(database, who, people.hash_of(token))
    with database.read() as session:
        assert len(session.query(SignIn).all()) == 1, "what has expired goes with the next one"


def test_one_revokes_ones_own_sign_ins_and_an_admin_all(database: Database) -> None:
    anna, carl = Actor("anna", Role.MEMBER), Actor("carl", Role.ADMIN)
    hashes = {name: people.hash_of(add(database, name)) for name in ("anna", "bob")}
    for name in ("bob", "bob", "anna"):
        sign_in(database, Actor(name, Role.MEMBER), hashes[name])
    with database.write() as session:
        mine, first, second = (row["id"] for row in people.sign_ins(session))
        with pytest.raises(NotFound, match="not yours"):
            people.revoke(session, first, anna)
        people.revoke(session, mine, anna)
        people.revoke(session, second, carl)
        assert [row["id"] for row in people.sign_ins(session)] == [first]


def test_the_trail_names_who_asks_and_is_empty_without_people(database: Database) -> None:
    run_id = make.submit(database)
    with database.write() as session:
        trail.record(session, [run_id], "rename")
        assert trail.listing(session, run_id) == []
        with acting(Actor("anna", Role.MEMBER)):
            trail.record(session, [run_id], "rename", name=["a", "b"])
        (change,) = trail.listing(session, run_id)
    assert (change["person"], change["action"]) == ("anna", "rename")
    assert change["details"] == {"name": ["a", "b"]}
