"""The queue's client: sends the nudge that a run is queued. The worker is known by name only.

Celery is loaded with the first nudge: a page needs none.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.core.settings import Settings, settings

if TYPE_CHECKING:
    from celery import Celery

NUDGE = "ols.nudge"
QUEUE = "ols"

MOST_NUDGES = 16  # at a time
_PATIENCE = 2  # seconds that the web process waits for the broker


def celery_options(config: Settings) -> dict[str, Any]:
    """Celery's settings, shared by both ends of the queue, each with its reason."""
    options: dict[str, Any] = {
        "broker_url": config.broker_url or "filesystem://",
        "task_default_queue": QUEUE,
        "task_ignore_result": True,  # the database is the only record
        "task_acks_late": False,  # a message is a nudge; losing one does no harm
        "task_serializer": "json",
        "accept_content": ["json"],
        "worker_prefetch_multiplier": 1,  # a slot's nudge must not wait behind a long run
        "broker_connection_retry_on_startup": True,
        "worker_hijack_root_logger": False,
        "timezone": "UTC",
    }
    if options["broker_url"].startswith("filesystem://"):
        folder = config.data_dir / "broker"
        for name in ("messages", "control"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        options["broker_transport_options"] = {
            "data_folder_in": str(folder / "messages"),
            "data_folder_out": str(folder / "messages"),
            "control_folder": str(folder / "control"),
        }
    return options


@cache
def _client(broker_url: str, data_dir: Path) -> Celery:
    from celery import Celery

    app = Celery("ols-lab", set_as_current=False)
    app.conf.update(celery_options(Settings(broker_url=broker_url, data_dir=data_dir)))
    app.conf.broker_connection_timeout = _PATIENCE
    if broker_url.startswith(("redis", "sentinel")):
        # The web process must not hang on a broker that swallows packets.
        app.conf.broker_transport_options = {
            "socket_connect_timeout": _PATIENCE,
            "socket_timeout": _PATIENCE,
            # A nudge that fails is not worth a second try (Kombu would wait two seconds for it).
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0,
        }
    return app


def nudge(config: Settings | None = None) -> bool:
    """Tells a worker that something is queued; False when the broker can't be reached.

    A lost nudge does no harm: each worker's janitor nudges while runs wait and slots are free.
    """
    from kombu.exceptions import OperationalError

    config = config or settings()
    try:
        _client(config.broker_url, config.data_dir).send_task(NUDGE, queue=QUEUE, retry=False)
    except (OperationalError, OSError, ValueError):  # ValueError: kombu's half-written exchange
        return False
    return True


def nudge_slots(config: Settings, runs: int) -> None:
    """Wakes slots for that many queued runs, 16 at most: a slot that has finished a run takes the
    next one by itself, and the janitor wakes others. A broker that is down delays nobody."""
    for _ in range(min(runs, MOST_NUDGES)):
        if not nudge(config):
            return


def unreachable(config: Settings) -> str:
    """Why a nudge sent now would not arrive at the broker; empty when it would. Takes seconds."""
    options = celery_options(config)
    if options["broker_url"].startswith("filesystem://"):
        return "" if os.access(config.data_dir / "broker" / "messages", os.W_OK) else "read-only"
    from kombu.exceptions import OperationalError

    try:
        with _client(config.broker_url, config.data_dir).connection_for_write() as connection:
            connection.ensure_connection(
                max_retries=1, interval_start=0, interval_step=0, timeout=_PATIENCE
            )
    except (OperationalError, OSError, KeyError) as error:
        return str(error).strip() or type(error).__name__
    return ""
