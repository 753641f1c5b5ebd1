"""The queue's client: sends the nudge that a run is queued. The worker is known by name only."""

from __future__ import annotations

from functools import cache
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError

from backend.settings import Settings, settings

NUDGE = "ols.nudge"
QUEUE = "ols"


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
def _client(config_key: str) -> Celery:
    app = Celery("ols-lab", set_as_current=False)
    app.conf.update(celery_options(settings()))
    return app


def nudge() -> bool:
    """Tells a worker that something is queued; False when the broker can't be reached.

    A lost nudge does no harm: the janitor of a worker nudges when runs wait and slots idle.
    """
    config = settings()
    try:
        _client(config.broker_url).send_task(NUDGE, queue=QUEUE, retry=False)
    except (OperationalError, OSError):
        return False
    return True
