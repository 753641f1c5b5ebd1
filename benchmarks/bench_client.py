"""What logging costs a loop, and how long it takes until logged values are durable.

    python -m benchmarks.bench_client

A loop computes for 10 ms and logs four metrics, 500 times. What that costs is the processor time
within `log` and all that the sender's thread takes meanwhile, so that other work on the machine
does not count: the goal is 1% of a step, 0.1 ms. The baseline is the least that keeps a point on
the disk. Then 20,000 values go to the lab at once, until
it has answered for all of them; the goal is 4 times what one executemany into raw SQLite takes for
the same rows, measured in turns with it. At last a lab of 10,000 runs is read as a frame; the goal
is 2 seconds, the baseline what pandas takes to read the same table from memory.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from backend.store.database import migrate
from benchmarks.many_runs import fill
from ols.client import Lab
from tests.support.processes import web

STEPS = 500
STEP_SECONDS = 0.01
VALUES = 20_000
METRICS = ("train_loss", "train_top1", "lr", "grad_norm")
ROUNDS = 3
BULKS = 9  # of 20,000 values: a tenth of a second each
RUNS = 10_000


Log = Callable[[int, dict[str, float]], None]


def loop(log: Log) -> tuple[float, float]:
    """Processor seconds per step: within `log`, and of the other threads."""
    matrix = np.random.default_rng(0).random((300, 300))
    within = 0.0
    began, main = time.process_time(), time.thread_time()
    for step in range(STEPS):
        ends = time.thread_time() + STEP_SECONDS
        while time.thread_time() < ends:
            matrix @ matrix
        values = dict.fromkeys(METRICS, step / STEPS)
        called = time.thread_time()
        log(step, values)
        within += time.thread_time() - called
    others = (time.process_time() - began) - (time.thread_time() - main)
    return within / STEPS, others / STEPS


def bare_log(descriptor: int) -> Log:
    """The least that keeps a point: one JSON line, one write."""

    def log(step: int, values: dict[str, float]) -> None:
        os.write(descriptor, json.dumps({"step": step, "metrics": values}).encode())

    return log


def until_durable(lab: Lab) -> float:
    """Seconds from the first `log` until the lab has answered for the last value."""
    run = lab.run("durable")
    run.flush()
    began = time.perf_counter()
    for step in range(VALUES // len(METRICS)):
        run.log(dict.fromkeys(METRICS, step / VALUES), step=step)
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


def frames(folder: Path) -> tuple[float, float]:
    """Seconds until all runs of a lab are a frame, and until pandas alone has read them."""
    path = folder / "full" / "ols.sqlite3"
    path.parent.mkdir()
    migrate(f"sqlite:///{path}")
    fill(f"sqlite:///{path}", RUNS, epochs=3)
    whole, bare = [], []
    with web(path.parent) as server:
        lab = Lab(server.url)
        table = lab.connection.request("GET", "/api/runs.csv").content
        for _ in range(ROUNDS):
            began = time.perf_counter()
            frame = lab.runs().frame()
            whole.append(time.perf_counter() - began)
            assert len(frame) == RUNS
            began = time.perf_counter()
            pd.read_csv(BytesIO(table), low_memory=False)
            bare.append(time.perf_counter() - began)
    return median(whole), median(bare)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CACHE_HOME"] = name
        with web(folder) as server:
            threadpool_limits(1)  # the step's own threads are not the sender's
            lab = Lab(server.url)
            within, others, bare = [], [], []
            descriptor = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            for _ in range(ROUNDS):
                with lab.run("cost") as run:
                    run.flush()
                    costs = loop(lambda step, values: run.log(values, step=step))
                within.append(costs[0])
                others.append(costs[1])
                bare.append(loop(bare_log(descriptor))[0])
            os.close(descriptor)
            cost = median(within) + median(others)
            print(
                f"logging costs {cost * 1e6:.0f} us per step ({median(within) * 1e6:.0f} within "
                f"log(), {median(others) * 1e6:.0f} in the sender's thread), "
                f"{cost / STEP_SECONDS:.1%} of {STEP_SECONDS * 1e3:.0f} ms (goal 1%); a bare "
                f"json.dumps and write {median(bare) * 1e6:.0f} us"
            )
            ours, raw = [], []
            for _ in range(BULKS):
                ours.append(until_durable(lab))
                raw.append(raw_sqlite(folder))
            print(
                f"{VALUES:,} values durable after {median(ours) * 1e3:.0f} ms; raw SQLite "
                f"{median(raw) * 1e3:.0f} ms: {median(ours) / median(raw):.1f} times (goal 4)"
            )
        filled, alone = frames(folder)
        print(
            f"{RUNS:,} runs as a frame: {filled:.2f} s (goal 2), pandas alone {alone:.2f} s: "
            f"{filled / alone:.1f} times"
        )


if __name__ == "__main__":
    main()
