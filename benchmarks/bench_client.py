"""What logging costs a loop, and how long it takes until logged values are durable.

    python -m benchmarks.bench_client

A loop takes a step each 10 ms and logs four metrics. Its cost is the processor time that all
threads of the process spend because of logging, the sender's too, by comparison with the same loop
that does not log: the goal is 1% of a step, 0.1 ms. Then 20,000 values go to the lab at once, until
it has answered for all of them; the goal is 4 times what one executemany into raw SQLite takes for
the same rows, measured in turns with it.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from pathlib import Path
from statistics import median

from ols.client import Lab, LoggedRun
from tests.support.processes import web

STEPS = 500
STEP_SECONDS = 0.01
VALUES = 20_000
METRICS = ("train_loss", "train_top1", "lr", "grad_norm")
ROUNDS = 5


def loop(run: LoggedRun | None) -> tuple[float, list[float]]:
    """Processor seconds of all threads per step, and the wall-clock seconds of each `log`."""
    calls = []
    began = time.process_time()
    for step in range(STEPS):
        time.sleep(STEP_SECONDS)
        if run is not None:
            called = time.perf_counter()
            run.log(step=step, **dict.fromkeys(METRICS, step / STEPS))
            calls.append(time.perf_counter() - called)
    return (time.process_time() - began) / STEPS, calls


def until_durable(lab: Lab) -> float:
    """Seconds from the first `log` until the lab has answered for the last value."""
    run = lab.run("durable")
    run.flush()
    began = time.perf_counter()
    for step in range(VALUES // len(METRICS)):
        run.log(step=step, **dict.fromkeys(METRICS, step / VALUES))
    assert run.flush()
    seconds = time.perf_counter() - began
    run.finish()
    return seconds


def raw_sqlite(folder: Path) -> float:
    """One executemany of the same rows, in one transaction."""
    connection = sqlite3.connect(folder / f"raw-{time.monotonic_ns()}.sqlite3")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE points (run, name, step, time, value)")
    connection.commit()
    now = time.time()
    rows = [
        (1, name, step, now, step / VALUES)
        for step in range(VALUES // len(METRICS))
        for name in METRICS
    ]
    began = time.perf_counter()
    with connection:
        connection.executemany("INSERT INTO points VALUES (?, ?, ?, ?, ?)", rows)
    seconds = time.perf_counter() - began
    connection.close()
    return seconds


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CACHE_HOME"] = name
        with web(folder) as server:
            lab = Lab(server.url)
            costs, calls = [], []
            for _ in range(ROUNDS):
                alone = loop(None)[0]
                with lab.run("cost") as run:
                    run.flush()
                    logging, seconds = loop(run)
                costs.append(logging - alone)
                calls += seconds
            cost = median(costs)
            print(f"log() returns after {median(calls) * 1e6:.0f} us (median)")
            print(
                f"logging costs {cost * 1e6:.0f} us of processor time per step, all threads: "
                f"{cost / STEP_SECONDS:.1%} of {STEP_SECONDS * 1e3:.0f} ms (goal 1%)"
            )
            ours, raw = [], []
            for _ in range(ROUNDS):
                ours.append(until_durable(lab))
                raw.append(raw_sqlite(folder))
            print(
                f"{VALUES:,} values durable after {median(ours) * 1e3:.0f} ms; raw SQLite "
                f"{median(raw) * 1e3:.0f} ms: {median(ours) / median(raw):.1f} times (goal 4)"
            )


if __name__ == "__main__":
    main()
