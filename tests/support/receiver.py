"""A real HTTP server on this machine that gets what a lab sends, and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """`status`: what it answers with; "hang": it keeps the connection and says nothing until
    `release`; "close": it closes the connection."""

    status: int | str = 200
    url: str = ""
    requests: list[tuple[Message, bytes]] = field(default_factory=list)
    accepted: list[bytes] = field(default_factory=list)  # the bodies that it answered with 200
    arrived: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Of all bodies that it accepted as a webhook's."""
        return [event for body in self.accepted for event in json.loads(body)["events"]]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.requests.append((handler.headers, body))
        self.arrived.set()
        if self.status == "hang":
            self.release.wait()
        if not isinstance(self.status, int):
            handler.close_connection = True
            return
        if self.status == 200:
            self.accepted.append(body)
        handler.send_response(self.status)
        if 300 <= self.status < 400:
            handler.send_header("Location", f"{self.url}/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Listens until the end of the block."""
    got = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    got.url = f"http://127.0.0.1:{server.server_port}/hook-0f8a6c2e7b"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield got
    finally:
        got.release.set()
        server.shutdown()
        server.server_close()
