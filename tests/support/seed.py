"""Runs for the browser tests, recorded through the store's own functions.

The matrices are made up (a softmax over random similarities that sharpens with the epochs): they
test drawing and transport, and no figure of any method comes from here.

    OLS_DATA_DIR=/tmp/x python -m tests.support.seed     # a database to look at
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.store import claims, recorder, requests, runs, workers
from backend.store.claims import Claim
from backend.store.database import Database, connect, migrate
from ols.measures.soft_label_quality import SoftLabelQuality, noise_posterior
from ols.spec.catalogue import superclasses
from ols.spec.run_spec import RunSpec
from ols.training.epoch_report import EpochReport, MatrixKind, Progress, RunInfo

LEASE = 3600.0
CLASSES = {
    "digits": tuple(string.digits),
    "glyphs": tuple(string.digits + string.ascii_uppercase + string.ascii_lowercase),
}
_ALIKE = ("O0o", "l1I", "S5s", "B8", "Z2z", "g9q", "Cc", "Vv", "Ww", "Xx", "Kk", "Pp", "Uu", "6b")


def similarities(classes: tuple[str, ...], seed: int = 0) -> np.ndarray:
    """(K, K): what a network confuses; characters that look alike stand out."""
    rng = np.random.default_rng(seed)
    k = len(classes)
    found = rng.gumbel(size=(k, k)) * 0.7
    for group in _ALIKE:
        for a in group:
            for b in group:
                if a != b and a in classes and b in classes:
                    found[classes.index(a), classes.index(b)] += 4.0
    return found


def soft_labels(spec: RunSpec, classes: tuple[str, ...], epoch: int, seed: int) -> np.ndarray:
    """(K, K) float32, rows of sum 1: uniform in epoch 0, then sharper and sharper."""
    k = len(classes)
    if epoch == 0:
        return np.full((k, k), 1 / k, np.float32)
    rng = np.random.default_rng([seed, epoch])
    logits = similarities(classes, seed) + rng.normal(size=(k, k)) * 0.15
    np.fill_diagonal(logits, 3.0 + 5.5 * (epoch / spec.epochs) ** 0.6 + rng.normal(size=k) * 0.2)
    soft = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (soft / soft.sum(axis=1, keepdims=True)).astype(np.float32)


def quality(
    spec: RunSpec, classes: tuple[str, ...], epoch: int, seed: int, confusion: np.ndarray
) -> dict[str, float]:
    """What the trainer measures of the soft labels, by its own functions."""
    k = len(classes)
    true = np.repeat(np.arange(k), 150)
    rng = np.random.default_rng(seed)
    given = np.where(rng.random(true.size) < spec.noise.rate, rng.integers(0, k, true.size), true)
    measured = SoftLabelQuality(
        soft_labels(spec, classes, epoch - 1, seed),
        superclasses(spec.dataset.name, k),
        noise_posterior(given, true, k) if spec.noise.rate else None,
    )
    return measured.measure(soft_labels(spec, classes, epoch, seed), confusion)


def reliability(epoch: int, seed: int) -> tuple[np.ndarray, dict[str, float]]:
    """(2, 15, 3) bins of 2,000 predictions, under-confident as trained and mended by a temperature;
    and the metrics that go with them."""
    rng = np.random.default_rng([seed, epoch, 2])
    right = rng.beta(5, 2, 2000)
    hits = rng.random(2000) < right
    diagrams = np.stack([_bins(right**2, hits), _bins(right, hits)])
    samples, confidence, accuracy = np.moveaxis(diagrams, 2, 0)
    ece = np.nansum(samples * np.abs(confidence - accuracy), axis=1) / 2000
    metrics = {"val_ece": ece[0], "val_ece_scaled": ece[1], "val_temperature": 0.5 + epoch / 100}
    return diagrams, {name: float(value) for name, value in metrics.items()}


def _bins(confidence: np.ndarray, hits: np.ndarray) -> np.ndarray:
    places = np.minimum((confidence * 15).astype(int), 14)
    samples, sums, right = (np.bincount(places, w, 15) for w in (None, confidence, hits))
    share = np.where(samples > 0, samples, np.nan)
    return np.stack([samples, sums / share, right / share], 1).astype(np.float32)


def report(spec: RunSpec, classes: tuple[str, ...], epoch: int, seed: int = 0) -> EpochReport:
    """One epoch's numbers and matrices, plausible and made up."""
    rng = np.random.default_rng([seed, epoch, 1])
    k, share = len(classes), epoch / spec.epochs
    soft = soft_labels(spec, classes, epoch, seed)
    probs = 0.9 * soft + 0.1 / k
    confusion = rng.multinomial(50, soft / soft.sum(axis=1, keepdims=True)).astype(np.uint32)
    diagrams, calibration = reliability(epoch, seed)
    lift = {"ols": 0.04, "label_smoothing": 0.02}.get(spec.method.name, 0.0)
    top1 = 0.35 + 0.5 * share**0.5 + lift + rng.normal() * 0.006
    metrics = {
        "train_loss": 2.4 * (1 - 0.75 * share**0.7),
        "train_top1": 0.3 + 0.5 * share**0.7,
        "val_loss": 1.9 * (1 - 0.6 * share**0.5) + rng.normal() * 0.01,
        "val_top1": top1,
        "val_top5": min(1.0, top1 + 0.12),
        "lr": 0.05 * (1 + np.cos(np.pi * share)),
        "epoch_seconds": 8.4 if spec.method.name == "ols" else 4.2,
        "images_per_second": 2210.0,
        **quality(spec, classes, epoch, seed, confusion),
        **calibration,
    }
    if spec.noise.rate:
        metrics |= {"train_clean_top1": 0.4 + 0.45 * share**0.6, "train_memorized": 0.4 * share**2}
        metrics |= {
            "train_clean_samples_top1": 0.45 + 0.5 * share**0.6,
            "train_corrupted_samples_top1": 0.3 + 0.35 * share**0.6 - 0.2 * share**2,
        }
    matrices: dict[MatrixKind, NDArray[Any]] = {
        "soft_labels": soft,
        "confusion": confusion,
        "val_probs": probs.astype(np.float32),
    }
    left = 4.2 * (spec.epochs - epoch)
    return EpochReport(
        epoch, spec.epochs, metrics, matrices, eta_seconds=left, reliability=diagrams
    )


def info(spec: RunSpec, classes: tuple[str, ...]) -> RunInfo:
    """What is known before the first step."""
    k = len(classes)
    uniform = np.full((k, k), 1 / k, np.float32)
    corrupted = int(9300 * spec.noise.rate)
    labelled = (9300 // k,) * k
    wrong = tuple(round(n * spec.noise.rate) for n in labelled)
    known = (1, 98_000, 9300, 3100, corrupted, 73, 0, uniform)
    return RunInfo(classes, "cpu", "CPU", *known, labelled=labelled, corrupted_of=wrong)


def claimed(database: Database, run_id: int) -> Claim:
    """Claims this very run, whatever else is queued."""
    with database.write() as session:
        runs.edit(session, run_id, {"priority": 1000})
        claim = claims.claim_next(session, worker="test", slot=0, lease_seconds=LEASE)
        assert claim is not None
        assert claim.run_id == run_id
        runs.edit(session, run_id, {"priority": 0})
    return claim


def start(
    database: Database, spec: RunSpec, name: str | None = None, tags: Sequence[str] = ()
) -> Claim:
    """Submits a run and claims it, with its facts recorded."""
    with database.write() as session:
        run = requests.submit(session, name=name, tags=tags, spec=spec)
    claim = claimed(database, run.id)
    with database.write() as session:
        recorder.record_info(session, claim, info(spec, CLASSES[spec.dataset.name]))
    return claim


def train(database: Database, claim: Claim, first: int, last: int) -> None:
    """Records the epochs from `first` to `last`."""
    spec = RunSpec.parse(claim.spec)
    for epoch in range(first, last + 1):
        made = report(spec, CLASSES[spec.dataset.name], epoch, seed=claim.run_id)
        with database.write() as session:
            recorder.record_epoch(session, claim, made, LEASE)


def progress(database: Database, claim: Claim, epoch: int, step: int) -> None:
    """News within an epoch."""
    epochs = RunSpec.parse(claim.spec).epochs
    news = Progress("training", epoch, epochs, step, 73, 2210.0, 4.2 * (epochs - epoch))
    with database.write() as session:
        recorder.record_progress(session, claim, news, LEASE)


def finished(
    database: Database, spec: RunSpec, name: str | None = None, tags: Sequence[str] = ()
) -> int:
    """A finished run; its id."""
    claim = start(database, spec, name, tags)
    train(database, claim, 1, spec.epochs)
    with database.write() as session:
        claims.finish(session, claim)
    return claim.run_id


def queued(database: Database, count: int = 1, **values: Any) -> list[int]:
    """So many queued runs; their ids."""
    with database.write() as session:
        made = [
            requests.submit(session, name=None, tags=[], spec=spec(**values)) for _ in range(count)
        ]
        return [run.id for run in made]


def worker(
    database: Database,
    run_id: int | None = None,
    name: str = "test-worker",
    versions: Mapping[str, str] = MappingProxyType({}),
    job: str | None = None,
    **slot: object,
) -> None:
    """A worker that says it is online."""
    now = datetime.now(UTC)
    slot = {"index": 0, "device": "cpu", "device_name": "CPU", "run_id": run_id} | slot
    names = ("digits", "glyphs")
    datasets = {name: {"available": True, "detail": ""} for name in names}
    datasets["fashion_mnist"] = {"available": False, "detail": "not downloaded"}
    with database.write() as session:
        workers.heartbeat(
            session,
            name=name,
            host="here",
            pid=1,
            slots=[slot],
            datasets=datasets,
            versions=versions,
            started_at=now,
            job=job,
        )


def spec(
    method: str = "ols", dataset: str = "glyphs", rate: float = 0.2, **more: object
) -> RunSpec:
    """A spec of the demo's kind."""
    noise = {"kind": "symmetric", "rate": rate} if rate else {"kind": "none"}
    return RunSpec.parse({"method": method, "dataset": dataset, "noise": noise, **more})


def main() -> None:
    """Fills the database of OLS_DATA_DIR with one run of each kind."""
    from backend.core.settings import Settings

    url = Settings().resolved_database_url
    migrate(url)
    database = connect(url)
    for method in ("hard", "label_smoothing", "ols"):
        finished(database, spec(method), tags=["demo"])
    finished(database, spec("ols", seed=1), "ols-glyphs-20% second seed", tags=["demo", "seeds"])
    finished(database, spec("ols", "digits", 0, eval_on="holdout"))
    broken = start(database, spec("ols", "digits", 0))
    with database.write() as session:
        log = "epoch 1/30\nRuntimeError: the loss is not a number at step 12\n"
        claims.fail(session, broken, "diverged", "The loss became NaN in epoch 1.", log)
    with database.write() as session:
        run = requests.submit(session, name=None, tags=[], spec=spec("hard", "digits", 0.4))
        requests.cancel(session, run.id)
    going = start(database, spec("ols"), "ols-glyphs-20%")
    train(database, going, 1, 12)
    progress(database, going, 12, 40)
    for seed in (2, 3):
        with database.write() as session:
            requests.submit(session, name=None, tags=[], spec=spec("ols", seed=seed))
    worker(database, going.run_id)


if __name__ == "__main__":
    main()
