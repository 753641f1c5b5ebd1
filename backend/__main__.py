"""python -m backend: migrates the database, then serves until a signal; `migrate` only migrates."""

from __future__ import annotations

import argparse
import signal
import socket
import sys

import uvicorn
from fastapi import FastAPI

from backend.security import is_loopback
from backend.settings import Settings, settings
from backend.store.database import migrate
from backend.store.errors import SchemaMismatch, Unreachable

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


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m backend", description=__doc__)
    parser.add_argument("command", nargs="?", choices=["serve", "migrate"], default="serve")
    command = parser.parse_args(arguments).command
    config = settings()
    if command == "serve" and (reason := refusal(config)):
        print(reason, file=sys.stderr)
        return 1
    try:
        migrate(config.resolved_database_url)
    except (SchemaMismatch, Unreachable) as error:
        print(error, file=sys.stderr)
        return 1
    return serve(config) if command == "serve" else 0


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
    from backend.app import create_app

    # uvicorn raises the signal again once it has stopped; that is a good end for a service.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    app = create_app(config)
    server = Server(
        uvicorn.Config(
            app,
            host=config.host,
            port=config.port,
            timeout_graceful_shutdown=GRACE_SECONDS,
            access_log=False,
            server_header=False,
        ),
        app,
    )
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
