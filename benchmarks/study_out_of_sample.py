"""Confident learning as cleanlab's documentation has it, beside the lab's audit: five folds.

    python -m benchmarks.study_out_of_sample docs/results/cifar10 DATASETS [SEEDS]

Of every noisy setting of the folder's sweeps that is trained with hard labels: the same training
samples in five folds stratified by given label, a network of the same spec trained on each four of
them, cleanlab's label quality scores from the softmax of the fifth. A line per setting and seed is
added to FOLDER/folds.jsonl, with the CPU seconds of its five runs; what it has is not done again.
SEEDS: `0,1,2` by default. DATASETS: the folder with the datasets (docs/data.md).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from cleanlab.rank import get_label_quality_scores
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from backend.analysis.audit import Ranked, auroc, precision_at
from ols.data.feeding import evaluation_batches
from ols.distributed.ranks import join_ranks
from ols.measures.label_audit import ranking
from ols.spec.run_spec import RunSpec
from ols.spec.sweep import Sweep, expand
from ols.training.run_data import RunData, load_run_data
from ols.training.trainer import Trainer

FOLDS = 5
BATCH = 250
SCORES = ("self_confidence", "normalized_margin")
DEVICE = torch.device("cpu")


def settings(folder: Path, seeds: list[int]) -> Iterator[RunSpec]:
    """The noisy runs with hard labels, seed by seed."""
    sweeps = [json.loads(path.read_text()) for path in sorted(folder.glob("*.sweep.json"))]
    plans = [expand(Sweep.parse({key: each[key] for key in ("spec", "grid")})) for each in sweeps]
    specs = [spec for plan in plans for spec in plan.specs]
    for seed in seeds:
        for spec in specs:
            if (spec.seed, spec.method.name) == (seed, "hard") and spec.noise.kind != "none":
                yield spec


def out_of_sample(spec: RunSpec, data: RunData, data_dir: Path) -> NDArray[np.float64]:
    """Softmax (N, K) of each training sample, by a network that was not trained on it."""
    given, numbers = data.train.labels.numpy(), data.train_numbers
    softmax = np.zeros((len(given), len(data.classes)))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=spec.seed)
    for _, held_out in folds.split(given, given):
        dropped: dict[int, int | None] = dict.fromkeys(numbers[held_out].tolist())
        trainer = Trainer(spec, data_dir=data_dir, threads=1, decisions=dropped)
        for _ in trainer:
            pass
        softmax[held_out] = predictions(trainer, data)[held_out]
    return softmax


def predictions(trainer: Trainer, data: RunData) -> NDArray[np.float64]:
    """Softmax (N, K) of all training samples."""
    trainer.model.eval()
    with torch.inference_mode():
        batches = evaluation_batches(data.train, BATCH, data.normalise)
        logits = [trainer.model(images) for images, _ in batches]
    return torch.cat(logits).softmax(1).double().numpy()


def found_by(softmax: NDArray[np.float64], data: RunData) -> dict[str, Any]:
    """Precision at the true number of wrong labels and AUROC of each of cleanlab's scores."""
    given, true = data.train.labels.numpy(), data.true_labels.numpy()
    wrong, columns = int((given != true).sum()), {"given": given, "true": true}
    precisions, areas = {}, {}
    for score in SCORES:
        values = 1 - get_label_quality_scores(given, softmax, method=score)
        by_score = Ranked(columns, values, ranking(values), None)
        precisions[score], areas[score] = precision_at(by_score)[wrong], auroc(by_score)
    return {"samples": len(given), "wrong": wrong, "precision": precisions, "auroc": areas}


def main(folder: str, data_dir: str, seeds: str = "0,1,2") -> None:
    path = Path(folder) / "folds.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    kept = {(row["noise"], row["seed"]) for row in rows}
    for spec in settings(Path(folder), [int(seed) for seed in seeds.split(",")]):
        if (spec.noise.words, spec.seed) in kept:
            continue
        data = load_run_data(spec, Path(data_dir), DEVICE, join_ranks(spec.devices, DEVICE))
        start = time.process_time()
        softmax = out_of_sample(spec, data, Path(data_dir))
        seconds = round(time.process_time() - start, 1)
        row = {"noise": spec.noise.words, "seed": spec.seed, "cpu_seconds": seconds}
        with path.open("a") as file:
            file.write(json.dumps(row | found_by(softmax, data)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
