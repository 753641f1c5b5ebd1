"""People, their tokens and sign-ins. Functions do not commit.

Only hashes are kept: of tokens and of cookies, both 32 random bytes, so a plain SHA-256 does. A
sign-in belongs to the token that it came by: it ends when that one is rotated or its person is
disabled. Whoever holds OLS_TOKEN is the first admin, who stands in no table: `admin_hash` is
theirs, empty where the lab has no OLS_TOKEN.

Raises Unfit for what nobody may be called, Conflict where a change would lock everybody out,
NotFound for a name that nobody has.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, delete, exists, select
from sqlalchemy.orm import Session

from backend.core.actor import FIRST_ADMIN, Actor, Role
from backend.schemas.people import PersonRow, SignInRow
from backend.store.errors import Conflict, NotFound, Unfit
from backend.store.folding import fold
from backend.store.jsonable import clean_text
from backend.store.tables import MOST_PERSON, Person, SignIn

LASTS = timedelta(days=30)  # a sign-in, from its beginning
_PREFIX = "ols_"  # of tokens: scanners of leaked secrets know them by it
_RESERVED = frozenset({FIRST_ADMIN, "null"})  # OLS_TOKEN's holder; nobody, in a condition


def hash_of(secret: str) -> str:
    """What is kept of a token or a cookie."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def any_people(session: Session) -> bool:
    """Whether whoever comes must say who they are; disabled people count."""
    return bool(session.scalar(select(exists().where(Person.id.is_not(None)))))


def add(session: Session, name: str, role: Role, *, has_admin: bool) -> str:
    """A new person's token, which is shown this once. `has_admin`: OLS_TOKEN is set."""
    name = _checked(name)
    if session.scalar(select(Person.id).where(Person.folded_name == fold(name))):
        raise Conflict(
            f"There is a person {name} already, in whatever capitals; `user rotate` makes a new "
            "token for them, `user enable` lets them in again."
        )
    if role != Role.ADMIN and not has_admin and not _others(session, None):
        raise Conflict(
            f"{name} would be the first person here, and nobody an admin: add an admin first "
            "(--role admin), or set OLS_TOKEN, whose holder is one."
        )
    token = _new_secret(_PREFIX)
    session.add(
        Person(
            name=name,
            folded_name=fold(name),
            role=role,
            token_hash=hash_of(token),
            created_at=datetime.now(UTC),
        )
    )
    return token


def rotate(session: Session, name: str) -> str:
    """A new token for a person; the old one and all its sign-ins end."""
    person = require(session, name)
    _end_sign_ins(session, person)
    token = _new_secret(_PREFIX)
    person.token_hash = hash_of(token)
    return token


def disable(session: Session, name: str, *, has_admin: bool) -> None:
    """Ends a person's token and sign-ins; runs keep the name."""
    person = require(session, name)
    _keep_an_admin(session, person, "disabled", has_admin)
    person.disabled_at = person.disabled_at or datetime.now(UTC)
    _end_sign_ins(session, person)


def enable(session: Session, name: str) -> None:
    """The person's token opens again."""
    require(session, name).disabled_at = None


def set_role(session: Session, name: str, role: Role, *, has_admin: bool) -> None:
    """From the next request on."""
    person = require(session, name)
    if role != Role.ADMIN:
        _keep_an_admin(session, person, f"made a {role}", has_admin)
    person.role = role


def require(session: Session, name: str) -> Person:
    """The person of this name, in whatever capitals; raises NotFound."""
    person = session.scalar(select(Person).where(Person.folded_name == fold(name.strip())))
    if person is None:
        known = ", ".join(session.scalars(select(Person.name).order_by(Person.id).limit(20)))
        there = f"there are {known}" if known else "there is nobody yet"
        raise NotFound(f"There is no person {name[:MOST_PERSON]}; {there}.")
    return person


def with_name(session: Session, name: str) -> Actor | None:
    """Who may act under this name; None of a disabled person, and where nobody has it."""
    where = (Person.folded_name == fold(name), Person.disabled_at.is_(None))
    return _actor(session.scalar(select(Person).where(*where)))


def with_token(session: Session, token_hash: str, admin_hash: str) -> Actor | None:
    """Whose token this is; None of nobody's and of a disabled person's."""
    if admin_hash and secrets.compare_digest(token_hash, admin_hash):
        return Actor(FIRST_ADMIN, Role.ADMIN)
    where = (Person.token_hash == token_hash, Person.disabled_at.is_(None))
    return _actor(session.scalar(select(Person).where(*where)))


def with_cookie(session: Session, key_hash: str, admin_hash: str) -> Actor | None:
    """Who is signed in by this cookie; None where it has ended or is another lab's."""
    here = and_(Person.token_hash == SignIn.token_hash, Person.disabled_at.is_(None))
    query = select(SignIn.token_hash, Person).outerjoin(Person, here)
    where = (SignIn.key_hash == key_hash, SignIn.expires_at > datetime.now(UTC))
    row = session.execute(query.where(*where)).one_or_none()
    if row is None:
        return None
    if admin_hash and secrets.compare_digest(row.token_hash, admin_hash):
        return Actor(FIRST_ADMIN, Role.ADMIN)
    return _actor(row.Person)


def sign_in(session: Session, who: Actor, token_hash: str, browser: str, address: str) -> str:
    """A new sign-in's cookie. What has expired of everybody goes."""
    now = datetime.now(UTC)
    session.execute(delete(SignIn).where(SignIn.expires_at <= now))
    key = _new_secret("")
    session.add(
        SignIn(
            key_hash=hash_of(key),
            token_hash=token_hash,
            person=who.name,
            browser=clean_text(browser)[:200],
            address=clean_text(address)[:64],
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    return key


def sign_out(session: Session, key_hash: str) -> None:
    """Ends one's own sign-in; one that has ended stays so."""
    session.execute(delete(SignIn).where(SignIn.key_hash == key_hash))


def revoke(session: Session, sign_in_id: int, who: Actor) -> None:
    """Ends a sign-in: one's own, or as an admin anybody's. Raises NotFound."""
    row = session.get(SignIn, sign_in_id)
    if row is None or (who.role != Role.ADMIN and row.person != who.name):
        raise NotFound(f"There is no sign-in {sign_in_id}, or it is not yours.")
    session.delete(row)


def sign_ins(session: Session, person: str | None = None) -> list[SignInRow]:
    """Those that last, of one person or of all, the newest first."""
    query = select(SignIn).where(SignIn.expires_at > datetime.now(UTC))
    if person is not None:
        query = query.where(SignIn.person == person)
    return [
        {
            "id": row.id,
            "person": row.person,
            "browser": row.browser,
            "address": row.address,
            "created_at": row.created_at,
            "expires_at": row.expires_at,
        }
        for row in session.scalars(query.order_by(SignIn.id.desc()).limit(1000))
    ]


def listing(session: Session) -> list[PersonRow]:
    """Everybody, the first one first."""
    return [
        {
            "name": person.name,
            "role": Role(person.role),
            "created_at": person.created_at,
            "disabled_at": person.disabled_at,
        }
        for person in session.scalars(select(Person).order_by(Person.id))
    ]


def _checked(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= MOST_PERSON or not name.isprintable() or "," in name:
        raise Unfit(
            "name", f"a name has 1 to {MOST_PERSON} printable characters, and no comma: {name!r}"
        )
    if fold(name) in _RESERVED:
        whose = "whoever holds OLS_TOKEN" if fold(name) == FIRST_ADMIN else "runs without an owner"
        raise Unfit("name", f"{name} stands for {whose}; choose another name")
    return name


def _keep_an_admin(session: Session, person: Person, what: str, has_admin: bool) -> None:
    is_admin = person.role == Role.ADMIN and person.disabled_at is None
    if is_admin and not has_admin and not _others(session, person):
        raise Conflict(
            f"{person.name} is the last admin and can't be {what}: make somebody else one first "
            "(`user role NAME admin`), or set OLS_TOKEN, whose holder is an admin."
        )


def _others(session: Session, person: Person | None) -> Sequence[Person]:
    """Admins beside this one that may come in."""
    where = (Person.role == Role.ADMIN, Person.disabled_at.is_(None))
    # Locked: of two that are disabled at once, the second sees the first gone.
    admins = session.scalars(select(Person).where(*where).with_for_update()).all()
    return [admin for admin in admins if admin is not person]


def _end_sign_ins(session: Session, person: Person) -> None:
    session.execute(delete(SignIn).where(SignIn.token_hash == person.token_hash))


def _actor(person: Person | None) -> Actor | None:
    return Actor(person.name, Role(person.role)) if person else None


def _new_secret(prefix: str) -> str:
    return prefix + secrets.token_urlsafe(32)
