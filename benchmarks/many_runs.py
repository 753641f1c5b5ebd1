"""A database full of finished runs, filled in bulk, for the benchmarks of lists and sweeps.

Five methods, four noise rates, two datasets; every run has its fields, metrics, one tag and its
epochs, as the recorder would have left them, with made-up results.
"""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from backend.store.database import Database, connect
from backend.store.run_index import field_rows, metric_rows, text_row
from backend.store.tables import Run, RunField, RunMetric, RunTag, RunText
from ols.spec.run_spec import RunSpec

METHODS = ("hard", "label_smoothing", "ols", "focal", "gce")
DATASETS = ("glyphs", "digits")
RATES = (0.0, 0.2, 0.4, 0.6)
NAMES = (
    "train_loss", "train_top1", "val_loss", "val_top1", "val_top5", "val_ece", "val_nll", "lr",
    "epoch_seconds", "images_per_second",
)  # fmt: skip
BATCH = 500

_EPOCHS = {
    "sqlite": """
        WITH RECURSIVE e(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM e WHERE n < :epochs)
        INSERT INTO epochs (run_id, epoch, attempt, metrics, warnings, recorded_at)
        SELECT r.id, e.n, 1, json_object({pairs}), '[]', '2026-01-01 00:00:00' FROM runs r, e""",
    "postgresql": """
        INSERT INTO epochs (run_id, epoch, attempt, metrics, warnings, recorded_at)
        SELECT r.id, e.n, 1, json_build_object({pairs}), '[]', '2026-01-01' FROM runs r,
        generate_series(1, :epochs) AS e(n)""",
}


def arguments(description: str) -> argparse.Namespace:
    """How many runs and epochs, and on which database, from the command line."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--only", help="SQLite or PostgreSQL")
    return parser.parse_args()


def fill(url: str, count: int, epochs: int) -> float:
    """Fills the empty, migrated database at `url`; how many seconds that took."""
    began = time.perf_counter()
    database = connect(url)
    now = datetime.now(UTC)
    with database.engine.execution_options(ols_write=True).begin() as connection:
        for first in range(1, count + 1, BATCH):
            numbers = range(first, min(first + BATCH, count + 1))
            created = {number: now - timedelta(seconds=count - number) for number in numbers}
            rows = [_run(number, epochs, at) for number, at in created.items()]
            connection.execute(insert(Run), rows)
            fields = [entry for row in rows for entry in field_rows(row["id"], row["spec"])]
            connection.execute(insert(RunField), fields)
            values = [entry for row in rows for entry in metric_rows(row["id"], row["summary"])]
            connection.execute(insert(RunMetric), values)
            tags = [{"run_id": row["id"], "tag": f"t{row['id'] % 20}"} for row in rows]
            connection.execute(insert(RunTag), tags)
            texts = [
                text_row(row["id"], row["name"], row["notes"], [tag["tag"]])
                for row, tag in zip(rows, tags, strict=True)
            ]
            connection.execute(insert(RunText), texts)
        pairs = ", ".join(f"'{name}', 0.5 + (r.id % 97) * 0.001 + e.n * 0.0001" for name in NAMES)
        query = _EPOCHS[connection.dialect.name].format(pairs=pairs)
        connection.execute(text(query), {"epochs": epochs})
    _settle(database, count)
    database.dispose()
    return time.perf_counter() - began


def _settle(database: Database, count: int) -> None:
    """PostgreSQL's next id, and what its autovacuum would do; SQLite has no statistics here, as
    the lab makes none."""
    if database.url.get_backend_name() == "sqlite":
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"SELECT setval('runs_id_seq', {count})"))
        connection.execute(text("VACUUM ANALYZE"))


def _run(number: int, epochs: int, now: datetime) -> dict[str, Any]:
    method, dataset = METHODS[number % 5], DATASETS[number // 20 % 2]
    rate = RATES[number // 5 % 4]
    noise = {"kind": "symmetric" if rate else "none", "rate": rate}
    spec = RunSpec.parse(
        {"method": method, "dataset": dataset, "noise": noise, "seed": number, "epochs": epochs}
    )
    value = 0.5 + number % 97 / 200
    summary = {name: {"last": value, "best": value, "best_epoch": epochs} for name in NAMES}
    return {
        "id": number, "name": f"{method}-{number}", "notes": "", "archived": False, "priority": 0,
        "spec": spec.model_dump(mode="json"), "method": method, "dataset": dataset,
        "model": spec.model.name, "noise_rate": rate, "epochs": epochs,
        "state": "failed" if number % 50 == 0 else "finished",
        "cancel_requested": False, "pause_requested": False, "attempt": 1, "stage": "",
        "epoch": epochs, "step": 0, "steps": 0, "summary": summary, "sparkline": [value] * 60,
        "info": {}, "created_at": now,
        "queued_at": now, "finished_at": now,
    }  # fmt: skip
