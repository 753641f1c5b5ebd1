"""`ols sync`: sends the spools of loops that could not send them."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from ols.client.address import address
from ols.client.connection import Connection
from ols.client.sync import sync, waiting
from ols.commands.output import print_json, print_table


def sync_spools(options: argparse.Namespace) -> int:
    """1 where something could not be sent and is kept, or was refused."""

    def connect(url: str) -> Connection:
        return Connection(address(options.url or url))

    outcomes = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    bar = Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar as progress:
        count = waiting()
        task = progress.add_task(f"{count} to send", total=count)
        for outcome in sync(connect):
            outcomes.append(outcome)
            progress.update(task, advance=1, description=f"{len(outcomes)} of {count} sent")
    if options.json:
        print_json([asdict(outcome) for outcome in outcomes])
    elif not outcomes:
        print("nothing waits to be sent")
    else:
        print_table(
            ("run", "name", "bytes", "refused", "problem"),
            (
                (each.run_id, each.name, each.bytes_sent, each.refused, each.problem)
                for each in outcomes
            ),
        )
    return 1 if any(each.problem or each.refused for each in outcomes) else 0
