"""Who is notified and whether it arrives, as pages and the API say it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.core.settings import Settings
from backend.notify.apprise_package import missing
from backend.schemas.notifications import Notifications
from backend.store import events, recipients


def state(session: Session, config: Settings) -> Notifications:
    """Of all services that share the database."""
    return {
        "recipients": [
            {
                "name": row.name,
                "events": row.kinds,
                "waiting": recipients.waiting(session, row),
                "last_sent_at": row.last_sent_at,
                "error": row.last_error,
                "next_try_at": row.next_try_at,
                "given_up": row.given_up,
                "given_up_at": row.given_up_at,
            }
            for row in recipients.listing(session)
        ],
        "quiet": config.notify_quiet,
        "problem": missing(config),
        "last_event": events.last_id(session),
    }
