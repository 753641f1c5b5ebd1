"""Celery's brokers, which survive a malformed message.

Kombu's own `filesystem://` opens a message's file and writes it afterwards; a quick reader
finds it empty, fails to parse it, and the whole worker ends (kombu#1551; measured with a busy
reader: 4 of 2,990 messages). On Redis, what somebody else puts into our list does the same. Here
a message is only a nudge, and the janitor repeats a lost one.
"""

from __future__ import annotations

import logging
from queue import Empty
from typing import Any, ClassVar

from kombu.transport import TRANSPORT_ALIASES, filesystem, redis

log = logging.getLogger("ols.worker")


class Channel(filesystem.Channel):
    """Ignores a half-written file."""

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        try:
            return super()._get(queue)
        except ValueError:
            log.info("the broker delivered a half-written message; the janitor nudges again")
            raise Empty from None

    def get_table(self, exchange: str) -> Any:
        try:
            return super().get_table(exchange)
        except ValueError:  # the very first start of two processes at once
            return []


class Transport(filesystem.Transport):
    """`filesystem://` in this process, once `install` was called."""

    Channel = Channel
    polling_interval = 0.25  # seconds between two checks of the folder; Kombu's is a whole one

    patience: ClassVar[float | None] = None  # seconds that a wait for messages takes at most

    def drain_events(self, connection: Any, timeout: float | None = None, **_: Any) -> None:
        """Waits for a message, in a worker not for Celery's two seconds: it stops in between."""
        waits = [seconds for seconds in (timeout, self.patience) if seconds is not None]
        super().drain_events(connection, min(waits, default=None))


class _PassesOver:
    """Ignores an entry of Redis' list that is not a message."""

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning(
                "an entry of the broker that is no message is passed over (%s: %s); does something "
                "else use the broker that OLS_BROKER_URL names?",
                type(error).__name__,
                error,
            )
            raise Empty from None


class RedisChannel(_PassesOver, redis.Channel):
    """Of `redis://` and `rediss://`."""


class RedisTransport(redis.Transport):
    """`redis://` in this process, once `install` was called."""

    Channel = RedisChannel


class SentinelChannel(_PassesOver, redis.SentinelChannel):
    """Of `sentinel://`."""


class SentinelTransport(redis.SentinelTransport):
    """The same where sentinels watch over Redis."""

    Channel = SentinelChannel


def install() -> None:
    """Makes these addresses mean the transports above."""
    own = {
        "filesystem": "Transport",
        "redis": "RedisTransport",
        "rediss": "RedisTransport",
        "sentinel": "SentinelTransport",
    }
    for scheme, name in own.items():
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{name}"
