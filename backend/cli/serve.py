"""`python -m backend`: the web service as a process."""

from __future__ import annotations

import signal
import socket
import sys

import uvicorn
from fastapi import FastAPI

from backend.app import create_app
from backend.cli import warm_up
from backend.cli.description import described
from backend.core import logs
from backend.core.settings import Settings
from backend.pages.shared.compiled_templates import keep_compiled
from backend.server import allocator
from backend.server.addresses import PrefixTaken
from backend.server.loopback import is_loopback
from backend.server.slow_headers import TimedHeaders

# Between two threads. With Python's 5 ms the event loop waits behind forty threads that answer
# requests for 200 ms, and several times for each answer, /healthz too (benchmarks/bench_health.py).
SWITCH_SECONDS = 0.0005
GRACE_SECONDS = 3  # for requests that are being answered when the server stops


class Server(uvicorn.Server):
    """Ends open event streams before it waits for connections to close."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Called by uvicorn after a signal."""
        self._app.state.tail.close()
        await super().shutdown(sockets)


def refusal(config: Settings) -> str:
    """Why the server must not start; empty when it may."""
    if is_loopback(config.host) or config.token.get_secret_value():
        return ""
    return (
        f"OLS_HOST={config.host} can be reached from other machines, and whoever reaches this "
        "server can start runs on it. Set OLS_TOKEN to a long secret, or OLS_HOST=127.0.0.1."
    )


def serve(config: Settings) -> int:
    """Serves until SIGINT or SIGTERM; open streams end at once."""
    # uvicorn raises the signal again once it has stopped; that is a good end for a service.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    allocator.give_back()
    logs.set_up(config, service="web")
    try:
        app = create_app(config)
        app.openapi = described  # type: ignore[method-assign]
    except PrefixTaken as error:
        print(error, file=sys.stderr)
        return 1
    server = Server(
        uvicorn.Config(
            app,
            host=config.host,
            port=config.port,
            timeout_graceful_shutdown=GRACE_SECONDS,
            access_log=False,
            log_config=None,  # its words go with ours (backend.core.logs)
            http=TimedHeaders,
            proxy_headers=False,  # the app believes OLS_TRUSTED_PROXIES itself
            server_header=False,
        ),
        app,
    )
    keep_compiled()
    sys.setswitchinterval(SWITCH_SECONDS)
    warm_up.start(lambda: server.server_state.total_requests)
    server.run()
    return 0 if server.started else 1
