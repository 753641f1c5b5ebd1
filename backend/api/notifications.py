"""Who is notified of what, and a test message."""

from __future__ import annotations

import threading

from backend.api.params import Config, Db
from backend.notify.state import state
from backend.notify.trial import send_tests
from backend.schemas.notifications import Notifications, TestResults
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store.errors import Conflict

router = Router(prefix="/api/notifications", tags=["system"])

_testing = threading.Lock()


@router.get("")
def listing(database: Db, config: Config) -> Json[Notifications]:
    """The addresses of all services by their names, and whether what they get arrives."""
    with database.read() as session:
        return Json(state(session, config))


@router.post("/test", responses={409: {}})
def test(config: Config) -> Json[TestResults]:
    """Sends a message to each address of the web service; answers when each has, or is too late."""
    if not config.addresses:
        raise Conflict(
            "The web service has no address: set OLS_NOTIFY_URLS or OLS_NOTIFY_WEBHOOK in its "
            "environment and start it again."
        )
    if not _testing.acquire(blocking=False):
        raise Conflict("A test is under way; its addresses have not all answered.")
    try:
        results = send_tests(config)
    finally:
        _testing.release()
    return Json({"results": [{"name": n, "error": e or None} for n, e in results.items()]})
