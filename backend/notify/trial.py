"""A test message to every address, at once and outside the outbox: whether each arrives."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from backend.core.notify_addresses import Address
from backend.core.settings import Settings
from backend.notify import webhook
from backend.notify.delivery import person_task
from backend.notify.sending import Sender
from backend.notify.wording import Message

TITLE = "A test from OLS Lab"
TEXT = "Notifications to this address arrive."


def send_tests(config: Settings, stop: threading.Event | None = None) -> dict[str, str]:
    """By the name of each address, why the message did not arrive; empty where it did."""
    addresses = config.addresses
    if not addresses:
        return {}
    send = Sender(stop or threading.Event())
    with ThreadPoolExecutor(len(addresses), thread_name_prefix="notify test") as pool:
        answers = pool.map(lambda address: send(address, _task(config, address)), addresses)
        return {each.name: error for each, error in zip(addresses, answers, strict=True)}


def _task(config: Settings, address: Address) -> dict[str, Any]:
    if not address.webhook:
        return person_task(Message(TITLE, TEXT, "info"), config)
    event = {"id": None, "kind": "test", "title": TITLE, "text": TEXT}
    secret = config.notify_webhook_secret.get_secret_value()
    return webhook.task({"lab": "", "events": [event]}, secret, datetime.now(UTC))
