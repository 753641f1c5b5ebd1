"""How long does it take to submit a sweep of 1,000 runs through HTTP, and to preview it?

    python -m benchmarks.bench_sweep [--there 10000]

On SQLite and PostgreSQL, into a database that holds runs already. Goal: under 2 s from the POST to
its answer, with which all runs are committed. The baseline, in the same run: a bare executemany of
the same rows of `runs` and `run_fields` in one transaction. Median and best of the rounds on the
clock, and the CPU time of server and database.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import httpx
import psutil
from sqlalchemy import delete, insert, select

from backend.store.database import Database
from backend.store.tables import Run, RunField
from benchmarks.cpu_time import cpu_seconds, database_server, family
from benchmarks.lab import Lab, databases, lab
from benchmarks.many_runs import fill

RUNS = 1000
ROUNDS = 5
# 5 x 4 x 50
SWEEP: dict[str, Any] = {
    "spec": {"dataset": "glyphs", "noise": {"kind": "symmetric"}, "epochs": 20},
    "grid": {
        "method": ["hard", "label_smoothing", "ols", "focal", "gce"],
        "noise.rate": [0.1, 0.2, 0.3, 0.4],
        "seed": list(range(50)),
    },
    "tags": ["sweep"],
}


def rows_of(database: Database, experiment: int) -> tuple[list[dict[str, Any]], ...]:
    """What a submission has written: its runs and their fields."""
    with database.read() as session:
        runs = session.execute(
            select(*Run.__table__.columns).where(Run.experiment_id == experiment)
        ).mappings()
        rows = [dict(row) for row in runs]
        numbers = [row["id"] for row in rows]
        fields = session.execute(
            select(*RunField.__table__.columns).where(RunField.run_id.in_(numbers))
        ).mappings()
        return rows, [dict(row) for row in fields]


def bare(database: Database, runs: list[dict[str, Any]], fields: list[dict[str, Any]]) -> float:
    """Seconds for the same rows anew, without anything else."""
    numbers = [row["id"] for row in runs]
    with database.write() as session:
        session.execute(delete(Run).where(Run.id.in_(numbers)))
    began = time.perf_counter()
    with database.engine.execution_options(ols_write=True).begin() as connection:
        connection.execute(insert(Run), runs)
        connection.execute(insert(RunField), fields)
    return time.perf_counter() - began


def post(client: httpx.Client, path: str) -> dict[str, Any]:
    """The answer; raises when the sweep was not taken."""
    answer = client.post(path, json=SWEEP, timeout=60)
    answer.raise_for_status()
    experiment: dict[str, Any] = answer.json()
    assert experiment["runs"] == RUNS
    return experiment


def timed(ask: Callable[[], object], pids: list[int]) -> tuple[float, float, float]:
    """Median and least seconds on the clock, least seconds of CPU."""
    times, work = [], []
    for _ in range(ROUNDS):
        began, busy = time.perf_counter(), cpu_seconds(pids)
        ask()
        times.append(time.perf_counter() - began)
        work.append(cpu_seconds(pids) - busy)
    return median(times), min(times), min(work)


def backends(server: Lab) -> list[int]:
    """The web process and PostgreSQL's of its connections, not those that come and go."""
    processes = [psutil.Process(pid) for pid in family(database_server(server.database))]
    return [server.pid, *(one.pid for one in processes if " ols " in " ".join(one.cmdline()))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--there", type=int, default=10_000, help="runs that are there already")
    args = parser.parse_args()
    with databases() as addresses:
        for name, url in addresses.items():
            fill(url, args.there, 1)
            with lab(url) as server, httpx.Client(base_url=server.address) as client:
                first = post(client, "/api/experiments")
                pids = backends(server)
                runs, fields = rows_of(server.database, first["id"])
                least = min(bare(server.database, runs, fields) for _ in range(ROUNDS))
                print(f"{name}: {len(runs):,} runs, {len(fields):,} fields; bare {least:.2f} s")
                for title, path in (("preview", "/preview"), ("submit", "")):
                    ask = partial(post, client, f"/api/experiments{path}")
                    middle, best, work = timed(ask, pids)
                    print(f"{name}: {title} {middle:.2f} s, best {best:.2f} s "
                          f"({best / least:.1f}x), CPU {work:.2f} s", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
