"""`python -m backend user ...`: who may use the lab (docs/people.md).

It writes to the configured database; a running web service heeds it with the next request.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backend.analysis.formats import plural
from backend.core.actor import FIRST_ADMIN, Role
from backend.core.settings import Settings
from backend.store import people as store
from backend.store.database import connect
from backend.store.errors import StoreError

_Verb = Callable[[Session, argparse.Namespace, bool], list[str]]  # ...: OLS_TOKEN is set


def people(config: Settings, given: argparse.Namespace) -> int:
    """Does it and says so; the exit status."""
    database = connect(config.resolved_database_url)
    try:
        with database.write() as session:
            said = _VERBS[given.verb](session, given, bool(config.token.get_secret_value()))
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    except IntegrityError:
        print(f"{given.name} was added by somebody else just now.", file=sys.stderr)
        return 1
    finally:
        database.dispose()
    print("\n".join(said))
    return 0


def _add(session: Session, given: argparse.Namespace, has_admin: bool) -> list[str]:
    first = not store.any_people(session)
    role = Role(given.role)
    token = store.add(session, given.name, role, has_admin=has_admin)
    name = given.name.strip()
    note = ["From now on everybody signs in; whoever was signed in does so again."] if first else []
    return [f"{name} is {_named(role)} of this lab.", *note, *_shown(token)]


def _rotate(session: Session, given: argparse.Namespace, _: bool) -> list[str]:
    token = store.rotate(session, given.name)
    return [f"{given.name}'s old token and sign-ins have ended.", *_shown(token)]


def _disable(session: Session, given: argparse.Namespace, has_admin: bool) -> list[str]:
    store.disable(session, given.name, has_admin=has_admin)
    return [f"{given.name} is disabled; `user enable` lets them in again."]


def _enable(session: Session, given: argparse.Namespace, _: bool) -> list[str]:
    store.enable(session, given.name)
    return [f"{given.name} may come in again, by the token that they had."]


def _role(session: Session, given: argparse.Namespace, has_admin: bool) -> list[str]:
    role = Role(given.role)
    store.set_role(session, given.name, role, has_admin=has_admin)
    return [f"{given.name} is {_named(role)} from the next request on."]


def _list(session: Session, _: argparse.Namespace, has_admin: bool) -> list[str]:
    everybody = store.listing(session)
    if not everybody:
        return ["Nobody: the lab asks no one who they are. `user add NAME --role admin` begins."]
    browsers = Counter(each["person"] for each in store.sign_ins(session))
    first = [(FIRST_ADMIN, "admin", "the holder of OLS_TOKEN")] if has_admin else []
    rows = first + [
        (each["name"], str(each["role"]), "disabled" if each["disabled_at"] else "")
        for each in everybody
    ]
    width = max(len(name) for name, _, _ in rows)
    return [
        f"{name:{width}}  {role:6}  {plural(browsers[name], 'sign-in')}"
        + (f", {note}" if note else "")
        for name, role, note in rows
    ]


def _named(role: Role) -> str:
    return f"{'an' if role == Role.ADMIN else 'a'} {role}"


def _shown(token: str) -> list[str]:
    return ["The token, which is shown this once:", "", token]


_VERBS: dict[str, _Verb] = {
    "add": _add,
    "list": _list,
    "role": _role,
    "rotate": _rotate,
    "disable": _disable,
    "enable": _enable,
}
