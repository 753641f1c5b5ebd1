"""What the server's part of the observatory costs: bytes, CPU per frame, one class, orders, pairs.

    python -m benchmarks.bench_frames

Goals: 200 epochs of 100 classes below 4.5 MB on the wire; below 1 ms of server CPU per frame of
1,000 classes. Baselines, in the same run: a whole frame sent as one stored gzip blob (bytes, CPU),
a class's row cut out of every whole frame (class strip).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from backend.matrix import frames
from backend.matrix.class_orders import row_shares
from backend.matrix.clustering import cluster
from backend.store import matrices, matrix_records, matrix_rows, observatory
from backend.store.database import Database, connect, migrate
from benchmarks.bench_recording import claim

KIND = "soft_labels"


def soft_labels(k: int, epoch: int, epochs: int) -> np.ndarray:
    """A run's course: the diagonal grows, every row keeps some partners, the rest is noise."""
    fixed = np.random.default_rng(7)
    partners = fixed.gumbel(size=(k, k)) * 1.2
    noise = np.random.default_rng(epoch).normal(size=(k, k)) * 0.3
    logits = partners + noise
    np.fill_diagonal(logits, np.log(k) + 4.0 * epoch / epochs)
    exp = np.exp(logits)
    return (exp / exp.sum(1, keepdims=True)).astype(np.float32)


def history(database: Database, k: int, epochs: int) -> int:
    """Stores the course; the run's id."""
    run_id = claim(database).run_id
    for epoch in range(1, epochs + 1):
        matrix = soft_labels(k, epoch, epochs)
        counts = np.random.default_rng(epoch).multinomial(50, matrix.astype(float) * 0.9999)
        encoded = matrix_records.encode(run_id, epoch, {KIND: matrix, "confusion": counts})
        with database.write() as session:
            matrix_records.write(session, encoded)
    return run_id


def cpu_ms(work: Callable[[], object], rounds: int) -> float:
    """The median of this process's CPU time, in milliseconds."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(1000 * (time.process_time() - began))
    return median(times)


def measure(database: Database, k: int, epochs: int) -> None:
    run_id = history(database, k, epochs)

    def frame(epoch: int, preview: bool = False) -> matrices.Frame:
        with database.read() as session:
            return matrices.frame(session, run_id, KIND, epoch, preview=preview)

    def strip() -> object:
        with database.read() as session:
            return matrix_rows.class_strip(session, run_id, KIND, k // 2)

    def strip_of_whole_frames() -> object:
        return [frame(epoch).decode()[k // 2] for epoch in range(1, epochs + 1)]

    def detail() -> object:
        with database.read() as session:
            return observatory.class_detail(session, run_id, k // 2, None)

    def pairs() -> object:
        with database.read() as session:
            return observatory.pairs(session, run_id, KIND, None, symmetric=True, limit=20)

    sizes = [len(frame(epoch).data) for epoch in range(1, epochs + 1)]
    blobs = [
        len(frames.encode(soft_labels(k, epoch, epochs), frames.U16LOG))
        for epoch in range(1, epochs + 1, max(1, epochs // 10))
    ]
    whole = row_shares(frame(epochs).decode().astype(np.float64))
    row = (
        f"{sum(sizes) / 1e6:.2f}",
        f"{np.mean(sizes) / np.mean(blobs):.3f}x",
        f"{cpu_ms(lambda: frame(epochs // 2), 40):.2f}",
        f"{cpu_ms(lambda: frame(epochs // 2, preview=True), 40):.2f}",
        f"{len(frame(epochs // 2, preview=True).data) / 1000:.0f}",
        f"{(s := cpu_ms(strip, 5)):.0f}",
        f"{cpu_ms(strip_of_whole_frames, 2) / s:.1f}x",
        f"{cpu_ms(detail, 3):.0f}",
        f"{cpu_ms(pairs, 2):.0f}",
        f"{cpu_ms(lambda: cluster(whole), 2):.0f}",
    )
    print(f"| {k} x {epochs} | {' | '.join(row)} |", flush=True)


def main() -> None:
    heads = (
        "K x epochs",
        "history, MB",
        "bytes to one blob",
        "frame, CPU ms",
        "preview, CPU ms",
        "preview, kB",
        "class strip, ms",
        "whole frames to strip",
        "class detail, ms",
        "pairs, ms",
        "clustering, ms",
    )
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for k, epochs in ((100, 200), (1000, 90)):
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/ols.sqlite3"
            migrate(url)
            database = connect(url)
            measure(database, k, epochs)
            database.dispose()


if __name__ == "__main__":
    main()
