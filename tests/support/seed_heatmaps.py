"""Runs whose heatmaps are worth a test of their own: 1,000 classes, and one really trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from backend.store import claims, recorder, requests
from backend.store.database import Database
from ols.spec.run_spec import RunSpec
from ols.training.epoch_report import EpochReport
from tests.support import seed


def large(database: Database, k: int, epochs: int, name: str = "large") -> int:
    """A finished run of `k` classes with soft labels only, recorded as a trainer's; its id.

    Classes come in blocks of ten that resemble each other, and each epoch differs from the last.
    """
    made = seed.spec("ols", epochs=epochs, rate=0.0)
    classes = tuple(f"class {index:03d}" for index in range(k))
    with database.write() as session:
        run = requests.submit(session, name=name, tags=["large"], spec=made)
    claim = seed.claimed(database, run.id)
    with database.write() as session:
        recorder.record_info(session, claim, seed.info(made, classes))
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(k, k)).astype(np.float32) * 2
    block = np.arange(k) // 10
    logits[block[:, None] == block] += 3
    for epoch in range(1, epochs + 1):
        np.fill_diagonal(logits, 6 + 5 * epoch / epochs)
        logits[rng.integers(0, k, k), rng.integers(0, k, k)] += 3  # partners that come up
        soft = np.exp(logits - logits.max(axis=1, keepdims=True))
        soft /= soft.sum(axis=1, keepdims=True)
        metrics = {"val_top1": 0.3 + 0.4 * epoch / epochs, "train_top1": 0.4, "train_loss": 1.0}
        report = EpochReport(epoch, epochs, metrics, {"soft_labels": soft}, eta_seconds=0.0)
        with database.write() as session:
            recorder.record_epoch(session, claim, report, seed.LEASE)
    with database.write() as session:
        claims.finish(session, claim)
    return run.id


def trained(database: Database, data_dir: Path, epochs: int = 3) -> int:
    """A run that `ols.Trainer` really trained, recorded as the worker does; its id.

    OLS on glyphs with wrong labels, few of each class, and the glyphs' sample images.
    """
    from ols.training.trainer import Trainer

    noise = {"kind": "symmetric", "rate": 0.2}
    glyphs = {"name": "glyphs", "train_per_class": 30, "test_per_class": 10}
    made = RunSpec.parse({"method": "ols", "dataset": glyphs, "noise": noise, "epochs": epochs})
    with database.write() as session:
        run = requests.submit(session, name="trained glyphs", tags=[], spec=made)
    claim = seed.claimed(database, run.id)
    trainer = Trainer(made, data_dir=data_dir, device="cpu", threads=1)
    with database.write() as session:
        recorder.record_info(session, claim, trainer.info)
    with database.write() as session:
        recorder.record_samples(session, claim, trainer.samples())
    for report in trainer:
        with database.write() as session:
            recorder.record_epoch(session, claim, report, seed.LEASE)
    with database.write() as session:
        claims.finish(session, claim)
    return run.id
