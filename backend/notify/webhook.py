"""What a webhook gets: JSON with every event, signed so that its receiver knows who sent it.

    OLS-Signature: t=1764500000,sha256=5f...

signs the time, a full stop and the body by HMAC-SHA256 with OLS_NOTIFY_WEBHOOK_SECRET
(docs/notifications.md verifies it in five lines). The same event always has the same `id`.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backend.notify import wording
from backend.store.jsonable import iso
from backend.store.tables import Notice

SIGNATURE = "OLS-Signature"


def task(body: dict[str, Any], secret: str, now: datetime) -> dict[str, Any]:
    """The request, as sender_process takes it."""
    text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "OLS-Lab",
        SIGNATURE: signature(secret, text, int(now.timestamp())),
    }
    return {"headers": headers, "body": text}


def signature(secret: str, body: str, time: int) -> str:
    """The header's value."""
    digest = hmac.new(secret.encode(), f"{time}.{body}".encode(), "sha256").hexdigest()
    return f"t={time},sha256={digest}"


def events(lab: str, notices: Sequence[Notice], public_url: str) -> dict[str, Any]:
    """The body. `lab` tells this database's ids from another's."""
    return {"lab": lab, "events": [_event(notice, public_url) for notice in notices]}


def _event(notice: Notice, public_url: str) -> dict[str, Any]:
    return {
        "id": notice.id,
        "kind": notice.kind,
        "time": iso(notice.created_at),
        "run": notice.run_id,
        "experiment": notice.experiment_id,
        "title": wording.title(notice),
        "text": wording.text(notice),
        "url": wording.link(notice, public_url) or None,
        "data": notice.data,
    }
