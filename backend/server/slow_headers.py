"""Closes connections whose headers stop half-way.

uvicorn waits for the end of a request's headers without limit, so clients that send a line and fall
asleep would hold connections until none is left.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE = 15.0  # seconds for all headers of a request


class TimedHeaders(H11Protocol):
    """uvicorn's protocol, for `uvicorn.Config(http=...)`."""

    patience = PATIENCE
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        half_sent = self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]
        if not half_sent:
            self._unwatch()
        elif self._timer is None:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def _watch(self) -> None:
        self._timer = self.loop.call_later(self.patience, self._close)

    def _unwatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self.transport.close()
