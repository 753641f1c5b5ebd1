"""64 slots of 4 workers drain 2,000 runs of no work: claims a second, none lost or doubled.

    python -m benchmarks.bench_claims

Each slot claims, then finishes, through the same functions and transactions as a worker's. The
baseline is one slot alone, so the ratio is what 64 competing slots make of it: the database has one
writer at a time on SQLite, and row locks on PostgreSQL.
"""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, insert, select, update

from backend.store import claims, requests
from backend.store.database import Database, connect
from backend.store.tables import Run
from benchmarks.lab import LEASE, databases
from ols.spec.run_spec import RunSpec

RUNS, ALONE = 2000, 200
WORKERS, SLOTS = 4, 16


def drain(database: Database, worker: str, slot: int) -> int:
    """Claims and finishes until nothing is queued; how many it had."""
    had = 0
    while True:
        with database.write() as session:
            claim = claims.claim_next(
                session, worker=worker, slot=slot, lease_seconds=LEASE, free=1
            )
        if claim is None:
            return had
        with database.write() as session:
            assert claims.finish(session, claim), "the claim was lost"
        had += 1


def worker(url: str, name: str, slots: int) -> None:
    """One worker process: waits for a line, drains, prints its claims."""
    database = connect(url)
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(slots) as pool:
        counts = list(pool.map(lambda slot: drain(database, name, slot), range(slots)))
    print(sum(counts), flush=True)


def submit(database: Database, number: int) -> None:
    spec = RunSpec.parse({"method": "hard", "dataset": "digits", "epochs": 1})
    with database.write() as session:
        first = requests.submit(session, name="bench", tags=[], spec=spec)
        row = {c.key: getattr(first, c.key) for c in Run.__table__.columns if c.key != "id"}
        session.execute(insert(Run), [row] * (number - 1))


def measure(url: str, number: int, workers: int, slots: int) -> float:
    """Claims a second; raises when a run was lost or doubled."""
    database = connect(url)
    submit(database, number)
    command = [sys.executable, "-m", "benchmarks.bench_claims", url]
    processes = [
        subprocess.Popen(
            [*command, f"worker-{index}", str(slots)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for index in range(workers)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    began = time.perf_counter()
    claimed = sum(int(process.communicate("go\n")[0]) for process in processes)
    seconds = time.perf_counter() - began
    with database.write() as session:
        ended = session.scalar(
            select(func.count()).where(
                Run.state == "finished", Run.attempt == 1, Run.deleted_at.is_(None)
            )
        )
        assert claimed == ended == number, f"{claimed} claims, {ended} of {number} runs finished"
        session.execute(update(Run).values(deleted_at=func.current_timestamp()))
    database.dispose()
    return number / seconds


def main() -> None:
    print("| database | one slot, claims/s | 64 slots on 4 workers | ratio | lost | doubled |")
    print("|---|---|---|---|---|---|")
    with databases() as urls:
        for name, url in urls.items():
            alone = measure(url, ALONE, 1, 1)
            together = measure(url, RUNS, WORKERS, SLOTS)
            print(f"| {name} | {alone:.0f} | {together:.0f} | {together / alone:.2f}x | 0 | 0 |")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        worker(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    else:
        main()
