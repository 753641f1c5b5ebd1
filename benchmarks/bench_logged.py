"""What logged runs cost: 20,000 values until they are durable; opening a run of 1,000,000 steps.

    python -m benchmarks.bench_logged

Writing: 20,000 values in two calls of POST /api/runs/{id}/log, JSON and validation included, beside
one executemany of the same values as rows into raw SQLite, interleaved. The goal is 4x.
Opening: the curves that a run's page draws, of two metrics, and the whole page, of 1,000,000 steps
beside 1,000.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from backend.app import create_app
from backend.core.settings import Settings
from backend.pages.run.page import CURVE_POINTS
from backend.store import metrics, step_chunks
from backend.store.database import Database, connect, migrate
from backend.store.step_chunks import Points

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

VALUES, CALLS, REPEATS = 20_000, 2, 9
NAMES = ("train_loss", "lr")


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def raw(path: Path, run: int) -> Callable[[], None]:
    """The least that a tracker on SQLite can do: a row per value, one transaction."""
    rows = [(run, "train_loss", step, time.time(), step / 7) for step in range(VALUES)]

    def write() -> None:
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS points (run INTEGER, name TEXT, step INTEGER, time REAL,"
            " value REAL, PRIMARY KEY (run, name, step))"
        )
        with connection:
            connection.executemany("INSERT INTO points VALUES (?, ?, ?, ?, ?)", rows)
        connection.close()

    return write


def logged(client: TestClient, run: int) -> Callable[[], None]:
    """The same through the API."""
    size = VALUES // CALLS
    bodies = [
        json.dumps(
            {
                "points": [
                    {"step": step, "metrics": {"train_loss": step / 7}}
                    for step in range(call * size, (call + 1) * size)
                ]
            }
        ).encode()
        for call in range(CALLS)
    ]

    def write() -> None:
        for body in bodies:
            answer = client.post(f"/api/runs/{run}/log", content=body)
            assert answer.status_code == 200, answer.text

    return write


def fill(database: Database, run: int, steps: int) -> None:
    """`steps` steps of two metrics, as a loop sends them: some thousand at a time."""
    rng = np.random.default_rng(0)
    for start in range(0, steps, 5000):
        numbers = np.arange(start, min(steps, start + 5000))
        times = numbers.astype(float)
        points = {name: Points(numbers, times, rng.random(len(numbers))) for name in NAMES}
        with database.write() as session:
            step_chunks.record(session, run, points)


def opened(database: Database, run: int) -> Callable[[], None]:
    def read() -> None:
        with database.read() as session:
            curves = metrics.step_curves(session, run, CURVE_POINTS)
        assert all(0 < len(x) <= CURVE_POINTS for x, _ in curves.values())

    return read


def compared(small: Callable[[], object], large: Callable[[], object]) -> tuple[float, float]:
    """Medians in milliseconds, measured in turn."""
    times = [(seconds(small), seconds(large)) for _ in range(REPEATS)]
    return 1000 * median(a for a, _ in times), 1000 * median(b for _, b in times)


def writing(client: TestClient, folder: Path) -> None:
    pairs = []
    for number in range(REPEATS):
        run = client.post("/api/runs/logged", json={}).json()["id"]
        pairs.append((seconds(raw(folder / "raw.sqlite3", number)), seconds(logged(client, run))))
    bare, ours = (1000 * median(times) for times in zip(*pairs, strict=True))
    ratio = median(ours / bare for bare, ours in pairs)
    print(
        f"20,000 values: raw SQLite {bare:.0f} ms, logged {ours:.0f} ms, ratio {ratio:.2f} (goal 4)"
    )


def opening(client: TestClient, database: Database) -> None:
    small, large = (client.post("/api/runs/logged", json={}).json()["id"] for _ in range(2))
    fill(database, small, 1000)
    fill(database, large, 1_000_000)
    few, many = compared(opened(database, small), opened(database, large))
    print(f"curves of 1,000 steps {few:.1f} ms, of 1,000,000 steps {many:.1f} ms")
    few, many = compared(
        lambda: client.get(f"/runs/{small}").raise_for_status(),
        lambda: client.get(f"/runs/{large}").raise_for_status(),
    )
    print(f"the whole page {few:.0f} ms and {many:.0f} ms, ratio {many / few:.2f}")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, data_dir=Path(folder))
        migrate(settings.resolved_database_url)
        with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
            writing(client, Path(folder))
            opening(client, connect(settings.resolved_database_url))


if __name__ == "__main__":
    main()
