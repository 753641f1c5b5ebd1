"""Tells one address what it has not been told yet.

A person gets one message of all there is, a webhook every event, at most so many in one request.
Whatever goes wrong is tried again, after longer and longer pauses, until the events are too old.
"""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select

from backend.core.notify_addresses import Address
from backend.core.quiet_hours import read_quiet_hours
from backend.core.redaction import redact
from backend.core.settings import Settings
from backend.notify import webhook, wording
from backend.notify.sending import Send
from backend.store import recipients
from backend.store.database import Database
from backend.store.recipients import Claim
from backend.store.tables import Lab

log = logging.getLogger("ols.notify")

MOST_EVENTS = 100  # in one request to a webhook


def deliver(
    database: Database, config: Settings, address: Address, send: Send, now: datetime
) -> bool:
    """Sends what there is to send; False when that is nothing, or could not be sent now."""
    quiet = read_quiet_hours(config.notify_quiet)
    if quiet is not None and quiet.at(now):
        return False
    with database.read() as session:
        if not recipients.is_due(session, address, now):
            return False
        lab = session.scalar(select(Lab.uid).limit(1)) or ""
    most = MOST_EVENTS if address.webhook else wording.LISTED
    with database.write() as session:
        claim = recipients.claim(session, address, most, now)
    if claim is None:
        return False
    error = send(address, _task(config, address, claim, lab, now))
    if error:
        _put_off(database, claim, redact(error, config), now)
        return False
    with database.write() as session:
        recipients.sent(session, claim, now)
    log.info("notified %s of %d events", address.name, claim.total)
    return True


def _put_off(database: Database, claim: Claim, error: str, now: datetime) -> None:
    with database.write() as session:
        given_up = recipients.failed(session, claim, error, now)
    log.warning("%s was not notified: %s; trying again later", claim.name, error)
    if given_up:
        hours = recipients.GIVE_UP.total_seconds() / 3600
        log.error("gave up %d events for %s after %g h", given_up, claim.name, hours)


def _task(
    config: Settings, address: Address, claim: Claim, lab: str, now: datetime
) -> dict[str, object]:
    if not address.webhook:
        message = wording.message(claim.first, claim.counts, config.public_url)
        return person_task(message, config)
    body = webhook.events(lab, claim.first, config.public_url)
    return webhook.task(body, config.notify_webhook_secret.get_secret_value(), now)


def person_task(message: wording.Message, config: Settings) -> dict[str, object]:
    """A message as sender_process takes it, without the lab's secrets: an error may quote them."""
    title, text = redact(message.title, config), redact(message.text, config)
    return {"title": title, "text": text, "level": message.level}
