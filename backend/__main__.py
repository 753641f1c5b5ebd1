"""OLS Lab's web service: migrates the database, then serves until it is stopped."""

from __future__ import annotations

import argparse
import signal
import socket
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from backend.api.numbers import natural
from backend.cli.sweep_arguments import add_arguments
from backend.core import logs
from backend.core.settings import Settings, settings
from backend.server.security import is_loopback
from backend.server.slow_headers import TimedHeaders
from backend.store.database import connect, migrate
from backend.store.errors import NotFound, SchemaMismatch, Unreachable
from ols.version import __version__

GRACE_SECONDS = 3  # for requests that are being answered when the server stops
SIMPLE = {  # commands without arguments
    "serve": "migrate the database and serve (the default)",
    "migrate": "only migrate the database",
    "doctor": "check all parts of the lab and say what to do",
}


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
    given = _parser().parse_args(arguments)
    config = settings()
    if given.command == "doctor":
        from backend.cli.doctor import doctor

        return doctor(config)
    if given.command == "bundle":
        return _bundle(config, given.run, given.out)
    if given.command == "report":
        return _report(config, given.run, given.compare)
    if given.command == "sweep":
        from backend.cli.sweep_command import submit

        return submit(config, given)
    if given.command == "serve" and (reason := refusal(config)):
        print(reason, file=sys.stderr)
        return 1
    try:
        migrate(config.resolved_database_url)
    except (SchemaMismatch, Unreachable) as error:
        print(error, file=sys.stderr)
        return 1
    return serve(config) if given.command == "serve" else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m backend",
        description=__doc__,
        epilog="Settings are read from the environment and .env; .env.example lists them.",
    )
    parser.add_argument("--version", action="version", version=f"OLS Lab {__version__}")
    commands = parser.add_subparsers(dest="command")
    for name, summary in SIMPLE.items():
        commands.add_parser(name, help=summary, description=summary)
    reported = commands.add_parser("report", help="print a run, or several, as one HTML file")
    which = reported.add_mutually_exclusive_group(required=True)
    which.add_argument("run", type=_run_id, nargs="?", help="the run's number")
    which.add_argument(
        "--compare", type=_run_ids, metavar="1,2,3", help="several runs, side by side"
    )
    bundled = commands.add_parser("bundle", help="write a zip file for a bug report")
    bundled.add_argument(
        "--run", type=_run_id, action="append", default=[], help="include this run; may be repeated"
    )
    bundled.add_argument("--out", type=Path, help="the file to write")
    add_arguments(commands.add_parser("sweep", help="submit an experiment"))
    parser.set_defaults(command="serve")
    return parser


def _run_id(text: str) -> int:
    number = natural(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a run number")
    return number


def _run_ids(text: str) -> list[int]:
    return list(dict.fromkeys(_run_id(part.strip()) for part in text.split(",")))


def _bundle(config: Settings, run_ids: list[int], path: Path | None) -> int:
    from backend.cli.bundle import bundle, default_name

    path = path or default_name()
    try:
        missing = bundle(config, run_ids, path)
    except OSError as error:
        print(f"{path} can't be written: {error.strerror or error}", file=sys.stderr)
        return 1
    for text in missing:
        print(f"left out: {text}", file=sys.stderr)
    print(f"Wrote {path}, without secrets. Check it before you pass it on.")
    return 0


def _report(config: Settings, run_id: int | None, compared: list[int] | None) -> int:
    from backend.reports.compare_report import compare_report
    from backend.reports.notebook import open_run
    from backend.reports.run_report import report

    url = config.resolved_database_url
    try:
        if run_id is not None:
            page = report(open_run(run_id, url))
        else:
            page = compare_report(connect(url), compared or [])
    except (NotFound, SchemaMismatch, Unreachable) as error:
        print(error, file=sys.stderr)
        return 1
    sys.stdout.buffer.write(page.encode())
    return 0


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
    from backend.cli import warm_up
    from backend.server.addresses import PrefixTaken

    # uvicorn raises the signal again once it has stopped; that is a good end for a service.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    logs.set_up(config, service="web")
    try:
        app = create_app(config)
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
    warm_up.start()
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
