"""What recording an epoch costs the worker: 20 metrics and one K x K matrix.

    python -m benchmarks.bench_recording

The goals are 10 ms at K = 100 and 150 ms at K = 1000. The baseline is a bare executemany of the
same rows (the epoch's metrics as JSON, the encoded matrix) in one transaction, interleaved with it;
"encoding" is the part of it that turns float32 into the stored frame, before any query.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from statistics import median

import numpy as np
from sqlalchemy import insert

from backend.store import claims, matrix_records, recorder, requests
from backend.store.claims import Claim
from backend.store.database import Database, connect
from backend.store.jsonable import finite_values
from backend.store.tables import Epoch, Matrix, MatrixBand
from benchmarks.lab import LEASE, databases
from ols.spec.run_spec import RunSpec
from ols.training.epoch_report import EpochReport

EPOCHS = 60


def report(epoch: int, k: int) -> EpochReport:
    """Soft labels as a run's middle has them: a strong diagonal and noise."""
    rng = np.random.default_rng(epoch)
    soft = rng.dirichlet(np.full(k, 0.1), k) + 3 * np.eye(k)
    soft = (soft / soft.sum(1, keepdims=True)).astype(np.float32)
    metrics = {f"metric_{number}": float(rng.random()) for number in range(20)}
    return EpochReport(epoch, EPOCHS, metrics, {"soft_labels": soft}, eta_seconds=10.0)


def claim(database: Database) -> Claim:
    with database.write() as session:
        spec = RunSpec.parse({"method": "ols", "dataset": "digits", "epochs": EPOCHS})
        requests.submit(session, name="bench", tags=[], spec=spec)
    with database.write() as session:
        taken = claims.claim_next(session, worker="bench", slot=0, lease_seconds=LEASE)
    assert taken is not None
    return taken


def record(database: Database, held: Claim, epoch: EpochReport) -> float:
    began = time.perf_counter()
    with database.write() as session:
        recorder.record_epoch(session, held, epoch, LEASE)
    return time.perf_counter() - began


def bare(database: Database, rows: tuple[dict, matrix_records.EncodedMatrices]) -> float:
    began = time.perf_counter()
    with database.engine.execution_options(ols_write=True).begin() as connection:
        connection.execute(insert(Epoch), [rows[0]])
        connection.execute(insert(Matrix), rows[1].matrices)
        connection.execute(insert(MatrixBand), rows[1].bands)
    return time.perf_counter() - began


def rows_of(held: Claim, epoch: EpochReport) -> tuple[dict, matrix_records.EncodedMatrices, float]:
    """The rows that the recorder writes, and the seconds that encoding took."""
    began = time.perf_counter()
    encoded = matrix_records.encode(held.run_id, epoch.epoch, epoch.matrices)
    took = time.perf_counter() - began
    row = {
        "run_id": held.run_id,
        "epoch": epoch.epoch,
        "attempt": held.attempt,
        "metrics": finite_values(epoch.metrics),
        "warnings": [],
        "recorded_at": datetime.now(UTC),
    }
    return row, encoded, took


def main() -> None:
    print("| database | K | recording, ms | worst | encoding, ms | bare executemany, ms | ratio |")
    print("|---|---|---|---|---|---|---|")
    with databases() as urls:
        for name, url in urls.items():
            database = connect(url)
            for k, epochs in ((100, EPOCHS), (1000, 15)):
                ours, theirs = claim(database), claim(database)
                times: dict[str, list[float]] = {"record": [], "bare": [], "encode": []}
                for number in range(1, epochs + 1):
                    epoch = report(number, k)
                    times["record"].append(record(database, ours, epoch))
                    row, encoded, took = rows_of(theirs, epoch)
                    times["encode"].append(took)
                    times["bare"].append(bare(database, (row, encoded)))
                ms = {key: 1000 * median(values) for key, values in times.items()}
                worst = 1000 * max(times["record"][1:])
                print(
                    f"| {name} | {k} | {ms['record']:.1f} | {worst:.1f} | {ms['encode']:.1f} | "
                    f"{ms['bare']:.2f} | {ms['record'] / ms['bare']:.1f}x |"
                )
            database.dispose()


if __name__ == "__main__":
    main()
