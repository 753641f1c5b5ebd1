"""The commands that ask a lab, with their options; what they do is imported when one is called."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from ols.client.states import STATES
from ols.commands.spec_options import add_spec_options

EXPORTS = ("runs", "metrics", "heatmap", "curves")
FORMATS = ("csv", "parquet", "json", "svg", "pdf", "png")
WIDTHS = ("column", "page")
SOURCES = ("csv", "parquet", "tensorboard", "mlflow", "trackio")


def add_lab_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `ls`, `show`, `submit` and the others to the command line's parser."""

    def add(name: str, text: str, where: str) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=text, description=text)
        parser.set_defaults(run=_later(where), extra="client")
        parser.add_argument("--url", help="the lab's address (default: OLS_URL, then the login)")
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
        return parser

    listing = add("ls", "list runs, the newest first", "runs.list_runs")
    _add_filters(listing)
    listing.add_argument("-n", "--limit", type=int, default=20, help="runs at most (default: 20)")
    _add_id(add("show", "show a run: state, settings, last and best of each metric", "runs.show"))

    submit = add("submit", "queue a run that a worker of the lab trains", "runs.submit")
    add_spec_options(submit)
    submit.add_argument("--name", help="empty: named after method, dataset and noise")
    submit.add_argument("--tag", action="append", default=[], help="may be repeated")
    submit.add_argument("--priority", type=int, default=0, help="higher runs are claimed first")
    submit.add_argument("--wait", action="store_true", help="wait until it ends, like `ols wait`")
    fork = add("fork", "continue a run's training from one of its epochs on", "runs.fork")
    fork.add_argument("id", type=int)
    fork.add_argument("--epoch", type=int, required=True, help="the last one that both share")
    fork.add_argument(
        "--set", action="append", default=[], metavar="PATH=VALUE", help="what changes"
    )
    fork.add_argument(
        "--start",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="what is taken over: order, rng, momentum (kept, anew), schedule (whole, rest), seed",
    )
    fork.add_argument(
        "--grid",
        action="append",
        default=[],
        metavar="PATH=V1,V2",
        help="a fork for each value and combination: method.alpha=0.1,0.9, start.seed=0,1",
    )
    fork.add_argument("--name", help="empty: the parent's, with the epoch and the changes")
    fork.add_argument(
        "--retrain", action="store_true", help="train up to the epoch again if need be"
    )
    fork.add_argument("--wait", action="store_true", help="wait until it ends, like `ols wait`")

    wait = add(
        "wait", "wait until runs end; exit code 1 if one failed or was cancelled", "runs.wait"
    )
    _add_id(wait, several=True)
    wait.add_argument("--timeout", type=float, metavar="SECONDS", help="exit code 3 after that")

    log = add("log", "print what a run's trainer printed", "runs.log")
    _add_id(log)
    log.add_argument("-f", "--follow", action="store_true", help="until the run ends")
    _add_id(add("cancel", "cancel runs", "runs.cancel"), several=True)
    _add_id(add("open", "open a run's page in the browser", "runs.open_page"))

    _add_export(add("export", "write runs, metrics or a figure to a file", "export.export"))
    importing = add(
        "import", "bring in the runs of another tracker, each once", "importing.import_runs"
    )
    importing.set_defaults(extra="import")
    importing.add_argument("source", choices=SOURCES, metavar="SOURCE", help=", ".join(SOURCES))
    importing.add_argument("place", metavar="PLACE", help="the file, folder, or MLflow's address")

    add("sync", "send what loops logged while the lab was away", "sync.sync_spools")
    login = add("login", "store a lab's address and token for this user", "login.login")
    login.add_argument("address", metavar="URL", help="e.g. https://lab.example")
    login.add_argument("--token", help="asked for where it is not given; `-` reads standard input")


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", type=int, nargs="*", metavar="RUN", help="else all that match")
    _add_filters(parser)
    parser.add_argument("--what", choices=EXPORTS, default="runs", help="(default: runs)")
    parser.add_argument("--format", choices=FORMATS, help="(default: from the file's name, or csv)")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="else standard output")
    parser.add_argument("--metric", action="append", default=[], help="may be repeated")
    parser.add_argument("--kind", default="soft_labels", help="the heatmap's matrix")
    parser.add_argument("--epoch", type=int, help="the heatmap's epoch (default: the last)")
    parser.add_argument(
        "--width", choices=WIDTHS, default="column", help="of a paper; a figure's (default: column)"
    )


def _add_filters(parser: argparse.ArgumentParser) -> None:
    """As the runs table has them."""
    for name, text in (
        ("--state", f"one of {', '.join(STATES)}; may be repeated"),
        ("--method", "may be repeated"),
        ("--dataset", "may be repeated"),
        ("--owner", "whose runs; may be repeated"),
        ("--tag", "may be repeated"),
        ("--where", "e.g. 'spec.method.alpha>=0.5' or 'val_top1.best>0.8'; may be repeated"),
    ):
        choices = STATES if name == "--state" else None
        parser.add_argument(name, action="append", default=[], help=text, choices=choices)
    parser.add_argument("--q", default="", help="part of the name, the notes or a tag")
    parser.add_argument("--archived", action="store_true", help="archived runs instead")
    parser.add_argument("--sort", default="-id", help="e.g. -val_top1.best; a minus: downwards")


def _add_id(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    if several:
        parser.add_argument("ids", type=int, nargs="+", metavar="RUN", help="numbers of runs")
    else:
        parser.add_argument("id", type=int, metavar="RUN", help="the run's number")


def _later(where: str) -> Callable[[argparse.Namespace], int]:
    """The function `module.name` of this package, imported when it is called: the libraries that
    ask a lab take half a second to load."""
    module, name = where.split(".")

    def run(options: argparse.Namespace) -> int:
        function = getattr(import_module(f"ols.commands.{module}"), name)
        return int(function(options))

    return run
