"""OLS Lab's web service: migrates the database, then serves until it is stopped.

A command loads only what it needs: the worker's image has the migration and the doctor, but no web
server.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from backend.cli.slurm.arguments import add_arguments as add_slurm_arguments
from backend.cli.sweep_arguments import add_arguments
from backend.core.actor import Role
from backend.core.settings import Settings, settings
from backend.store.errors import NotFound, SchemaMismatch, Unreachable
from ols.version import __version__

SIMPLE = {  # commands without arguments
    "serve": "migrate the database and serve (the default)",
    "migrate": "only migrate the database",
    "tidy": "remove deleted runs for good and give their bytes back to the disk",
    "doctor": "check all parts of the lab and say what to do",
    "openapi": "print the API's description, OpenAPI as JSON",
}


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    given = _parser().parse_args(arguments)
    config = settings()
    if given.command != "serve":
        return _COMMANDS[given.command](config, given)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy's; the cores are the trainers'
    gc.disable()  # the imports create a million objects, and all of them stay
    from backend.cli.serve import refusal, serve

    gc.freeze()  # or the collector's first round would look at each of them
    gc.enable()
    if reason := refusal(config):
        print(reason, file=sys.stderr)
        return 1
    return _migrate_apart(config) or serve(config)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m backend",
        description=str(__doc__).partition("\n")[0],
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
    submits = "submit Slurm jobs for queued runs, on a login node (docs/slurm.md)"
    add_slurm_arguments(commands.add_parser("slurm", help=submits, description=submits))
    notified = commands.add_parser("notify", help="show who is notified of what")
    notified.add_argument("--test", action="store_true", help="send a message to each address")
    agents = commands.add_parser(
        "mcp", help="serve the lab to agents, by the Model Context Protocol (docs/agents.md)"
    )
    agents.add_argument(
        "--http", type=int, metavar="PORT", help="over HTTP, with OLS_TOKEN; else stdin and stdout"
    )
    agents.add_argument(
        "--write", action="store_true", help="let agents submit, cancel their runs and add notes"
    )
    agents.add_argument(
        "--runs", type=int, metavar="N", help="with --write: how many runs they may submit"
    )
    agents.add_argument(
        "--user",
        default="",
        metavar="NAME",
        help="over stdin and stdout: the person whose agent this is; over HTTP each sends a token",
    )
    _add_people(commands.add_parser("user", help="who may use the lab (docs/people.md)"))
    parser.set_defaults(command="serve")
    return parser


def _add_people(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    helps = {
        "add": "let somebody in; prints their token, this once",
        "list": "everybody, with roles and sign-ins",
        "role": "give somebody another role",
        "rotate": "a new token for somebody; the old one and all sign-ins by it end at once",
        "disable": "end somebody's token and sign-ins at once; runs keep the name",
        "enable": "let a disabled person in again, by the token that they had",
    }
    for verb, summary in helps.items():
        command = verbs.add_parser(verb, help=summary, description=summary)
        if verb != "list":
            command.add_argument("name", metavar="NAME")
        if verb == "add":
            command.add_argument("--role", choices=[*map(str, Role)], default="member")
        if verb == "role":
            command.add_argument("role", choices=[*map(str, Role)])


def _run_id(text: str) -> int:
    from backend.store.run_numbers import natural

    number = natural(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a run number")
    return number


def _run_ids(text: str) -> list[int]:
    return list(dict.fromkeys(_run_id(part.strip()) for part in text.split(",")))


def _agents(config: Settings, given: argparse.Namespace) -> int:
    if given.write != (given.runs is not None) or (given.runs or 0) < 0:
        print("--write and --runs N go together: how many runs may agents submit?", file=sys.stderr)
        return 2
    if given.user and given.http is not None:
        print("--user is for stdin and stdout; over HTTP each sends a token.", file=sys.stderr)
        return 2
    try:
        from backend.agents.serve import serve
    except ModuleNotFoundError as error:
        print(f"{error.name} is missing: pip install 'ols-lab[web,agents]'", file=sys.stderr)
        return 1
    return _migrate(config) or serve(config, port=given.http, budget=given.runs, person=given.user)


def _migrate(config: Settings) -> int:
    from backend.store.database import migrate

    try:
        migrate(config.resolved_database_url)
    except (SchemaMismatch, Unreachable) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _migrate_apart(config: Settings) -> int:
    """In a process that ends: Alembic and the migrations would stay in the server's memory, 16 MB
    for months."""
    from backend.store.database import connect

    try:
        connect(config.resolved_database_url, check=True).dispose()
    except Unreachable as error:
        print(error, file=sys.stderr)
        return 1
    except SchemaMismatch:
        return subprocess.run([sys.executable, "-m", "backend", "migrate"], check=False).returncode
    return 0


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
    from backend.store.database import connect

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


def _doctor(config: Settings, _: argparse.Namespace) -> int:
    from backend.cli.doctor import doctor

    return doctor(config)


def _openapi(config: Settings, _: argparse.Namespace) -> int:
    from backend.app import create_app

    print(json.dumps(create_app(config).openapi()))
    return 0


def _tidy(config: Settings, _: argparse.Namespace) -> int:
    from backend.cli.tidy import tidy

    return tidy(config)


def _sweep(config: Settings, given: argparse.Namespace) -> int:
    from backend.cli.sweep_command import submit

    return submit(config, given)


def _slurm(config: Settings, given: argparse.Namespace) -> int:
    from backend.cli.slurm.command import submit_jobs

    return submit_jobs(config, given)


def _people(config: Settings, given: argparse.Namespace) -> int:
    from backend.cli.people import people

    return _migrate(config) or people(config, given)


def _notify(config: Settings, given: argparse.Namespace) -> int:
    from backend.cli.notify_command import notify

    return notify(config, test=given.test)


_COMMANDS: dict[str, Callable[[Settings, argparse.Namespace], int]] = {
    "doctor": _doctor,
    "openapi": _openapi,
    "tidy": _tidy,
    "bundle": lambda config, given: _bundle(config, given.run, given.out),
    "report": lambda config, given: _report(config, given.run, given.compare),
    "sweep": _sweep,
    "slurm": _slurm,
    "migrate": lambda config, _: _migrate(config),
    "notify": _notify,
    "mcp": _agents,
    "user": _people,
}

if __name__ == "__main__":
    sys.exit(main())
