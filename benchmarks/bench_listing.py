"""How fast are lists of 10,000 runs of 300 epochs: filtered, sorted, searched, grouped, as pages?

    python -m benchmarks.bench_listing [--runs 10000] [--epochs 300] [--only SQLite]

On SQLite and PostgreSQL. First the store's queries alone; their baseline, in the same run, is the
newest 100 rows by their id, which any list has to read. Then the whole answer over HTTP from a
real server; the baseline there is its smallest fragment, the top bar's queue. Milliseconds, median
and 95th percentile of 40 in turn; and the CPU time of all processes that answer, the database's
too, which is what passes on the clock of a machine that does nothing else.
Goals: a query 50 ms, a page 150 ms, one run's metrics 20 ms, each at the 95th percentile.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
from sqlalchemy import select

from backend.analysis.targets import targets
from backend.store import metrics, runs
from backend.store.conditions import parse
from backend.store.database import Database, connect
from backend.store.groups import groups
from backend.store.listing import RunQuery
from backend.store.results import results
from backend.store.tables import Run
from benchmarks.cpu_time import database_server, measure
from benchmarks.lab import databases, lab
from benchmarks.many_runs import arguments, fill

ROUNDS = 40
MEANS = targets("brief")  # of the groups page
KINDS = ("method.name", "dataset.name", "noise.rate")

# What the pages of the runs are asked for: title, address. The first is the baseline.
PAGES = (
    ("the queue's fragment (baseline)", "/fragments/queue"),
    ("/", "/"),
    ("/, 500 rows", "/?limit=500"),
    ("method and state", "/?method=ols&state=finished"),
    ("text", "/?q=ols-99"),
    ("condition, sorted by a metric", "/?where=spec.noise.rate%3E%3D0.4&sort=-val_loss.best"),
    ("sorted by a field", "/?sort=-spec.seed"),
    ("grouped by method, data, noise", "/?group=method.name,dataset.name,noise.rate"),
    ("grouped, one method", "/?group=dataset.name,noise.rate&method=ols"),
    ("one run's metrics as JSON", "/api/runs/{half}/metrics"),
    ("all that match, to be chosen", "/fragments/matching"),
)


def questions(database: Database, half: int) -> dict[str, Callable[[], object]]:
    """What is asked of the store, the baseline first."""

    def listed(**query: Any) -> Callable[[], object]:
        return lambda: _read(database, lambda session: runs.listing(session, RunQuery(**query)))

    def grouped(*paths: str, **query: Any) -> Callable[[], object]:
        asked = RunQuery(**{"archived": False, **query})  # as the page asks
        return lambda: _read(database, lambda session: groups(session, asked, paths, MEANS))

    newest = select(Run.__table__).order_by(Run.id.desc()).limit(100)
    noisy = parse("spec.noise.rate>=0.4")
    certain = parse("val_ece.last<0.55")
    return {
        "100 rows by id (baseline)": lambda: _read(database, lambda s: s.execute(newest).all()),
        "newest 100": listed(),
        "page 40": listed(cursor=_cursor(database)),
        "method and state": listed(methods=("ols",), states=("finished",)),
        "tag": listed(tags=("t3",)),
        "text": listed(q="ols-99"),
        "text without a hit": listed(q="no such text"),
        "field: spec.noise.rate>=0.4": listed(where=(noisy,)),
        "metric: val_ece.last<0.55": listed(where=(certain,)),
        "both, sorted by a metric": listed(where=(noisy, certain), sort="-val_loss.best"),
        "sorted by val_top1_best": listed(sort="-val_top1.best"),
        "sorted by name": listed(sort="name"),
        "sorted by a metric": listed(sort="val_ece.last"),
        "sorted by a field": listed(sort="-spec.seed"),
        "group: method": grouped("method.name"),
        "group: method, data, noise": grouped(*KINDS),
        "group: network, batch size": grouped("model.name", "batch_size"),
        "group: method, one state": grouped("method.name", states=("finished",)),
        "group: data, noise; one method": grouped("dataset.name", "noise.rate", methods=("ols",)),
        "group: method; a field's values": grouped("method.name", where=(noisy,)),
        "group: method; a metric's values": grouped("method.name", where=(certain,)),
        "group: method; a text": grouped("method.name", q="ols"),
        "one run's metrics, all epochs": lambda: _read(
            database, lambda session: metrics.series(session, half)
        ),
        "2,000 runs for a table": lambda: _read(
            database, lambda session: results(session, RunQuery(methods=("ols",)))
        ),
    }


def _read(database: Database, ask: Callable[[Any], object]) -> object:
    with database.read() as session:
        return ask(session)


def _cursor(database: Database) -> str | None:
    cursor = None
    with database.read() as session:
        for _ in range(39):
            _, cursor = runs.listing(session, RunQuery(cursor=cursor))
    return cursor


def table(asked: dict[str, Callable[[], object]], roots: list[int]) -> None:
    """Prints a line a question; ratios are of the CPU times."""
    baseline = None
    for title, ask in asked.items():
        timing = measure(ask, roots, ROUNDS)
        baseline = baseline or timing.work
        print(f"{title:34} {timing}  {timing.work / baseline:6.1f}x", flush=True)


def pages(address: str, roots: list[int], half: int) -> None:
    """The whole answers of a server in a process of its own."""
    with httpx.Client(base_url=address, headers={"Accept": "text/html"}) as client:
        table(
            {title: partial(_fetch, client, path.format(half=half)) for title, path in PAGES}, roots
        )


def _fetch(client: httpx.Client, path: str) -> None:
    client.get(path).raise_for_status()


def main() -> None:
    args = arguments(__doc__)
    half = args.runs // 2
    with databases() as addresses:
        for name, url in addresses.items():
            if args.only not in (None, name):
                continue
            seconds = fill(url, args.runs, args.epochs)
            print(
                f"\n{name}, {args.runs:,} runs x {args.epochs} epochs (filled in {seconds:.0f} s)"
            )
            database = connect(url)
            table(questions(database, half), [os.getpid(), *database_server(database)])
            database.dispose()
            print(f"\n{name}, over HTTP")
            with lab(url) as server:
                pages(server.address, [server.pid, *database_server(server.database)], half)


if __name__ == "__main__":
    main()
