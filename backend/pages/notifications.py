"""`/notifications`: who is told of what, whether it arrives, and the browser's own switch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi.responses import Response

from backend.api.params import Config, Db
from backend.core.notice_kinds import WHEN
from backend.notify.state import state
from backend.pages.shared.context import Context
from backend.pages.shared.render import page, queue_of
from backend.schemas.notifications import RecipientState
from backend.server.late_routes import Router

router = Router()


@dataclass(frozen=True)
class NotificationsPage(Context):
    """`/notifications`"""

    template = "notifications/page.html"
    recipients: Sequence[RecipientState]
    events: Sequence[tuple[str, str]]  # each kind, and when it comes
    problem: str
    quiet: str
    can_test: bool


@router.get("/notifications")
def notifications(database: Db, config: Config) -> Response:
    """The addresses by their names; what they are stays in the environment."""
    with database.read() as session:
        known, queue = state(session, config), queue_of(session, config)
    return page(
        NotificationsPage(
            queue=queue,
            recipients=known["recipients"],
            events=list(WHEN.items()),
            problem=known["problem"],
            quiet=known["quiet"],
            can_test=bool(config.addresses),
        )
    )
