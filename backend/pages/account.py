"""`/account`: who one is here, and where one is signed in; for admins everybody. Signing in and
out."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import Response

from backend.api.params import Config, Db, Text
from backend.core.actor import Actor, Role, actor
from backend.pages.shared.context import Context
from backend.pages.shared.render import page, queue_of
from backend.schemas.people import PersonRow, SignInRow
from backend.server.door import Door
from backend.server.late_routes import Router
from backend.server.sign_in_page import sign_in_page
from backend.store import people

router = Router()

MOST_FORM = 10_000  # bytes of a sign-in


@dataclass(frozen=True)
class AccountPage(Context):
    """`/account`"""

    template = "account/page.html"
    who: Actor | None
    people: list[PersonRow]  # for admins
    sign_ins: list[SignInRow]  # for admins everybody's
    members_change: str


@router.get("/account")
def account(database: Db, config: Config) -> Response:
    """One's own account, and for admins everybody's."""
    who = actor()
    admin = who is not None and who.role == Role.ADMIN
    with database.read() as session:
        queue = queue_of(session, config)
        everybody = people.listing(session) if admin else []
        signed_in = people.sign_ins(session, None if admin else who.name) if who else []
    return page(AccountPage(queue, who, everybody, signed_in, config.members_change))


@router.get("/sign-in")
async def form(request: Request, where: Text = "/") -> Response:
    """The form, at an address of its own."""
    return sign_in_page(where, peopled=await _door(request).peopled(), status=200)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """A token for a cookie; leads to the page that was asked for."""
    body = (await request.body())[:MOST_FORM].decode("utf-8", "replace")
    given = parse_qs(body)
    token, where = (given.get(name, [""])[0].strip() for name in ("token", "where"))
    return await _door(request).sign_in(request.scope, token, where)


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """Ends the sign-in of this browser."""
    return await _door(request).sign_out(request.scope)


def _door(request: Request) -> Door:
    door: Door = request.app.state.door
    return door
