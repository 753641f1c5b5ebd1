"""What the doctor says of notifications."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from backend.cli.finding import Finding
from backend.core.settings import Settings
from backend.notify.apprise_package import missing
from backend.store import recipients
from backend.store.jsonable import iso

REMEMBERED = timedelta(days=30)  # since an event was given up


def notifications(config: Settings, session: Session) -> Iterator[Finding]:
    """Who is notified, who could not be told, and what was given up."""
    if problem := missing(config):
        yield Finding("notify", "error", *problem.split(": ", 1))
    if not config.addresses:
        return
    now = datetime.now(UTC)
    rows = {row.name: row for row in recipients.listing(session)}
    for address in config.addresses:
        detail = f"{address.name}: {', '.join(address.kinds)}"
        row = rows.get(address.name)
        if row is None:
            advice = "Set it for the web service and the workers too, and start them again."
            yield Finding("notify", "warning", f"{detail}; no service has it", advice)
        elif row.last_error:
            again = f"it is tried again at {iso(row.next_try_at)}"
            waits = f"{recipients.waiting(session, row):,} events wait"
            advice = "`python -m backend notify --test` sends a message to each address."
            said = f"{detail}; {row.last_error}; {waits}, {again}"
            yield Finding("notify", "warning", said, advice)
        else:
            yield Finding("notify", "ok", detail)
        if row is not None and row.given_up_at and row.given_up_at > now - REMEMBERED:
            hours = recipients.GIVE_UP.total_seconds() / 3600
            lost = f"{address.name}: {row.given_up:,} events were given up after {hours:g} h"
            advice = "They are not sent any more; the runs table shows what happened."
            yield Finding("notify", "warning", f"{lost}, last at {iso(row.given_up_at)}", advice)
