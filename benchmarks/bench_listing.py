"""How fast are lists of 10,000 runs of 300 epochs: filtered, sorted, searched, as page and table?

    python -m benchmarks.bench_listing [--runs 10000] [--epochs 300]

On SQLite and PostgreSQL. The baseline, in the same run: the newest 100 rows by their id, which any
list has to read. Milliseconds, median and 95th percentile of 30 in turn.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, text

from backend.store import metrics, runs
from backend.store.conditions import parse
from backend.store.database import Database, connect, migrate
from backend.store.listing import RunQuery
from backend.store.results import results
from backend.store.run_index import field_rows, metric_rows
from backend.store.tables import Run, RunField, RunMetric, RunTag
from ols.spec import RunSpec
from tests.servers import PostgreSQL

ROUNDS = 30
METHODS = ("hard", "label_smoothing", "ols", "focal", "gce")
NAMES = ("train_loss", "train_top1", "val_loss", "val_top1", "val_ece", "lr", "epoch_seconds")
EPOCHS = {
    "sqlite": """
        WITH RECURSIVE e(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM e WHERE n < :epochs)
        INSERT INTO epochs (run_id, epoch, attempt, metrics, warnings, recorded_at)
        SELECT r.id, e.n, 1, json_object({pairs}), '[]', '2026-01-01 00:00:00' FROM runs r, e""",
    "postgresql": """
        INSERT INTO epochs (run_id, epoch, attempt, metrics, warnings, recorded_at)
        SELECT r.id, e.n, 1, json_build_object({pairs}), '[]', '2026-01-01' FROM runs r,
        generate_series(1, :epochs) AS e(n)""",
}


def fill(database: Database, count: int, epochs: int) -> None:
    """Finished runs of five methods, four noise rates, ten seeds; made-up results."""
    now = datetime.now(UTC)
    with database.engine.execution_options(ols_write=True).begin() as connection:
        for first in range(1, count + 1, 500):
            rows = [
                _run(number, epochs, now) for number in range(first, min(first + 500, count + 1))
            ]
            connection.execute(insert(Run.__table__), rows)
            for table, build in ((RunField, field_rows), (RunMetric, metric_rows)):
                key = "spec" if table is RunField else "summary"
                found = [made for row in rows for made in build(row["id"], row[key])]
                connection.execute(insert(table.__table__), found)
            tags = [{"run_id": row["id"], "tag": f"t{row['id'] % 20}"} for row in rows]
            connection.execute(insert(RunTag.__table__), tags)
        pairs = ", ".join(f"'{name}', 0.5 + (r.id % 97) * 0.001 + e.n * 0.0001" for name in NAMES)
        query = EPOCHS[connection.dialect.name].format(pairs=pairs)
        connection.execute(text(query), {"epochs": epochs})
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _run(number: int, epochs: int, now: datetime) -> dict[str, Any]:
    method, rate = METHODS[number % 5], (0.0, 0.2, 0.4, 0.6)[number // 5 % 4]
    noise = {"kind": "symmetric" if rate else "none", "rate": rate}
    spec = RunSpec.parse(
        {"method": method, "dataset": "glyphs", "noise": noise, "seed": number, "epochs": epochs}
    )
    value = 0.5 + number % 97 / 200
    summary = {name: {"last": value, "best": value, "best_epoch": epochs} for name in NAMES}
    return {
        "id": number, "name": f"{method}-{number}", "notes": "", "archived": False, "priority": 0,
        "spec": spec.model_dump(mode="json"), "method": method, "dataset": "glyphs",
        "model": spec.model.name, "noise_rate": rate, "epochs": epochs, "state": "finished",
        "cancel_requested": False, "pause_requested": False, "attempt": 1, "stage": "",
        "epoch": epochs, "step": 0, "steps": 0, "summary": summary, "sparkline": [value] * 60,
        "val_top1_best": value, "val_top1_last": value, "info": {}, "created_at": now,
        "queued_at": now, "finished_at": now,
    }  # fmt: skip


@contextmanager
def databases(folder: Path) -> Iterator[Iterator[tuple[str, str]]]:
    """Names and URLs of empty databases."""
    server = PostgreSQL()
    server.start()
    try:
        yield iter(
            [
                ("SQLite", f"sqlite:///{folder / 'ols.sqlite3'}"),
                ("PostgreSQL", server.new_database()),
            ]
        )
    finally:
        server.close()


def questions(database: Database) -> dict[str, Callable[[], object]]:
    """What is asked, the baseline first."""

    def listed(**query: Any) -> Callable[[], object]:
        def ask() -> object:
            with database.read() as session:
                return runs.listing(session, RunQuery(**query))

        return ask

    def rows() -> object:
        with database.read() as session:
            return session.execute(select(Run.__table__).order_by(Run.id.desc()).limit(100)).all()

    def series() -> object:
        with database.read() as session:
            return metrics.series(session, 5000 % count(session) or 1)

    def count(session: Any) -> int:
        return sum(runs.counts(session).values())

    def table() -> object:
        with database.read() as session:
            return results(session, RunQuery(methods=("ols",)))

    return {
        "100 rows by id (baseline)": rows,
        "newest 100": listed(),
        "page 40": listed(cursor=_cursor(database)),
        "method and state": listed(methods=("ols",), states=("finished",)),
        "tag": listed(tags=("t3",)),
        "text": listed(q="ols-99"),
        "text without a hit": listed(q="no such text"),
        "field: spec.noise.rate>=0.4": listed(where=(parse("spec.noise.rate>=0.4"),)),
        "metric: val_ece.last<0.55": listed(where=(parse("val_ece.last<0.55"),)),
        "both, sorted by a metric": listed(
            where=(parse("spec.noise.rate>=0.4"), parse("val_ece.last<0.55")), sort="-val_loss.best"
        ),
        "sorted by val_top1_best": listed(sort="-val_top1_best"),
        "sorted by a metric": listed(sort="val_ece.last"),
        "sorted by a field": listed(sort="-spec.seed"),
        "one run's metrics, all epochs": series,
        "2,000 runs for a table": table,
    }


def _cursor(database: Database) -> str | None:
    cursor = None
    for _ in range(39):
        with database.read() as session:
            _, cursor = runs.listing(session, RunQuery(cursor=cursor))
    return cursor


def measure(ask: Callable[[], object]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    ask()
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=300)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as found:
        for name, url in found:
            migrate(url)
            database = connect(url)
            began = time.perf_counter()
            fill(database, args.runs, args.epochs)
            print(f"\n{name}, {args.runs:,} runs x {args.epochs} epochs "
                  f"(filled in {time.perf_counter() - began:.0f} s)")  # fmt: skip
            baseline = None
            for question, ask in questions(database).items():
                median, p95 = measure(ask)
                baseline = baseline or median
                print(f"{question:32} {median:8.1f} ms  p95 {p95:8.1f}  {median / baseline:6.1f}x")
            database.dispose()


if __name__ == "__main__":
    main()
