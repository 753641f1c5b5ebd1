"""Half-sent headers and bodies, over real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from backend.server.request_bodies import RequestBodies
from backend.server.slow_headers import TimedHeaders


class Impatient(TimedHeaders):
    patience = 0.3


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(body)(scope, receive, send)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    config = uvicorn.Config(
        RequestBodies(echo, limit=1000, patience=0.3),
        http=Impatient,
        port=0,
        lifespan="off",
        log_level="warning",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(30)


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def rest(connection: socket.socket) -> bytes:
    """All that arrives until the server closes."""
    received = b""
    while piece := connection.recv(4096):
        received += piece
    return received


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: ", b"GE"])
def test_half_a_header_ends_the_connection(port: int, sent: bytes) -> None:
    with connect(port) as connection:
        connection.sendall(sent)
        assert rest(connection) == b""


def test_the_second_request_of_a_connection_is_watched_too(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET / HTTP/1.1\r\nHos")
        assert rest(connection) == b""


def test_half_a_body_is_answered_408(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
        answer = rest(connection)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"code":"timeout"' in answer


def test_what_keeps_arriving_is_answered(port: int) -> None:
    pieces = [b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", b"Content-Length: 6\r\n\r\n"]
    with connect(port) as connection:
        for piece in (*pieces, b"ab", b"cd", b"ef"):
            connection.sendall(piece)
            time.sleep(0.05)
        answer = rest(connection)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"abcdef")


def test_what_is_too_large_without_a_length_is_refused(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.sendall(b"7d0\r\n" + b"x" * 2000 + b"\r\n")
        assert rest(connection).startswith(b"HTTP/1.1 413")
