"""Who asks, who else may use the lab, and what somebody changed of a run.

GET    /api/account               who asks, and where they are signed in
DELETE /api/sign-ins/{id}         ends one: one's own, or as an admin anybody's
GET    /api/people                everybody (admins)
GET    /api/runs/{id}/changes     who changed what of a run
"""

from __future__ import annotations

from fastapi import Response

from backend.api.numbers import RunId, SignInId
from backend.api.params import Db
from backend.core.actor import actor
from backend.schemas.people import Account, People, RunChanges
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import people, runs, trail
from backend.store.errors import NotFound

router = Router(prefix="/api", tags=["people"])


@router.get("/account")
def account(database: Db) -> Json[Account]:
    """Who asks, and in which browsers they are signed in; null in a lab without people."""
    who = actor()
    if who is None:
        return Json({"name": None, "role": None, "sign_ins": []})
    with database.read() as session:
        mine = people.sign_ins(session, who.name)
    return Json({"name": who.name, "role": who.role, "sign_ins": mine})


@router.delete("/sign-ins/{sign_in}", status_code=204)
def revoke(sign_in: SignInId, database: Db) -> Response:
    """Ends a sign-in at once: one's own, or as an admin anybody's."""
    who = actor()
    if who is None:
        raise NotFound("This lab has no people, so nobody is signed in.")
    with database.write() as session:
        people.revoke(session, sign_in, who)
    return Response(status_code=204)


@router.get("/people")
def everybody(database: Db) -> Json[People]:
    """Everybody with a token, and where they are signed in; for admins."""
    with database.read() as session:
        return Json({"people": people.listing(session), "sign_ins": people.sign_ins(session)})


@router.get("/runs/{run_id}/changes")
def changes(run_id: RunId, database: Db) -> Json[RunChanges]:
    """Who changed what of the run, and when; the newest thousand, the last one first."""
    with database.read() as session:
        runs.require(session, run_id)
        return Json({"changes": trail.listing(session, run_id)})
