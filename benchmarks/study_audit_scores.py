"""Which form of the score `soft_label` finds wrong labels best: trains small noisy runs, ranks.

    python -m benchmarks.study_audit_scores FOLDER [SEEDS]

Keeps each run's statistics in FOLDER (another call trains only what is missing) and prints, per
form, the mean over runs of the precision at the true number of wrong labels and of the AUROC, in
percent. SEEDS: those that are averaged, `0,1` by default. docs/audit.md has the results.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.analysis.audit import Ranked, auroc
from ols.measures.label_audit import ranking
from ols.spec.run_spec import RunSpec

Array = NDArray[np.float64]

DATASETS: dict[str, dict[str, Any]] = {
    "digits": {"dataset": "digits", "epochs": 30},
    "glyphs": {"dataset": {"name": "glyphs", "train_per_class": 50}, "epochs": 20},
}
NOISES: dict[str, dict[str, Any]] = {
    "symmetric-20": {"kind": "symmetric", "rate": 0.2},
    "symmetric-40": {"kind": "symmetric", "rate": 0.4},
    "instance-40": {"kind": "instance", "rate": 0.4},
    "pair-flip-30": {"kind": "pair_flip", "rate": 0.3},
}
SMALLEST = 1e-7


class Sample:
    """One run's statistics, and what the forms are made of."""

    def __init__(self, path: Path) -> None:
        stored = np.load(path, allow_pickle=False)
        self.given, self.true = stored["given"].astype(np.int64), stored["true"]
        self.margin, self.confidence = stored["margin"], stored["confidence"]
        self.p = stored["softmax"].astype(np.float64)
        self.classes, self.rows = self.p.shape[1], np.arange(len(self.given))
        self.log_p = np.log(np.maximum(self.p, SMALLEST))
        self.logits = self.log_p - self.log_p.mean(axis=1, keepdims=True)
        self.right = self.p.argmax(axis=1) == self.given
        self.soft = self.class_means(self.p)
        self.log_soft = np.log(np.maximum(self.soft, SMALLEST))

    def class_means(self, values: Array) -> Array:
        """Over the samples of a class that are predicted so, or over all where none is."""
        return np.stack([values[self._of_class(k)].mean(axis=0) for k in range(self.classes)])

    def _of_class(self, label: int) -> NDArray[np.bool_]:
        given = self.given == label
        return given & self.right if (given & self.right).any() else given

    def own(self, values: Array) -> Array:
        return values[self.rows, self.given]

    def other(self, values: Array) -> Array:
        """The best of the other classes."""
        left = values.copy()
        left[self.rows, self.given] = -np.inf
        return left.max(axis=1)

    def discriminant(self, ridge: float) -> Array:
        """g (N, K) of docs/audit.md; `ridge` times the mean variance is added to C."""
        means = self.class_means(self.logits)
        spread = self.logits[self.right] - means[self.given[self.right]]
        covariance = spread.T @ spread / len(spread)
        covariance += ridge * np.trace(covariance) / self.classes * np.eye(self.classes)
        directions = np.linalg.solve(covariance, means.T)
        return self.logits @ directions - (means * directions.T).sum(axis=1) / 2


def _thresholds(run: Sample) -> Array:
    return np.array([run.confidence[run.given == k].mean() for k in range(run.classes)])


def _centred(run: Sample, values: Array) -> Array:
    """Less the mean of the given class."""
    return values - np.array([values[run.given == k].mean() for k in range(run.classes)])[run.given]


def _discriminant_ratio(ridge: float, run: Sample) -> Array:
    return run.other(run.discriminant(ridge)) - run.own(run.discriminant(ridge))


FORMS: dict[str, Callable[[Sample], Array]] = {
    "aum": lambda run: -run.margin,
    "class_margin": lambda run: _centred(run, -run.margin),
    "mean_confidence": lambda run: 1 - run.confidence,
    "self_confidence": lambda run: _thresholds(run)[run.given] - run.confidence,
    "KL(p, S_y)": lambda run: (run.p * run.log_p).sum(axis=1) - run.own(run.p @ run.log_soft.T),
    "KL(S_y, p)": lambda run: -run.own(run.log_p @ run.soft.T),
    "likelihood ratio of S_k and S_y": lambda run: (
        run.other(run.p @ run.log_soft.T) - run.own(run.p @ run.log_soft.T)
    ),
    "total variation of p and S_y": lambda run: np.abs(run.p - run.soft[run.given]).sum(axis=1) / 2,
    **{
        f"Mahalanobis ratio, ridge {ridge:g}": partial(_discriminant_ratio, ridge)
        for ridge in (0.01, 0.1, 1.0)
    },
    "the last, less its class's mean": lambda run: _centred(run, _discriminant_ratio(1.0, run)),
}


def runs(folder: Path, seeds: list[int]) -> Iterator[Path]:
    """The files of all runs, trained where they are missing."""
    for seed in seeds:
        for dataset, settings in DATASETS.items():
            for noise, drawn in NOISES.items():
                for method in ("hard", "ols"):
                    path = folder / f"{dataset}-{noise}-{method}-{seed}.npz"
                    if not path.is_file():
                        spec = {**settings, "noise": drawn, "method": method, "seed": seed}
                        _train(RunSpec.parse(spec), folder, path)
                    yield path


def _train(spec: RunSpec, folder: Path, path: Path) -> None:
    from ols.training.trainer import Trainer  # here, for what is kept needs no PyTorch

    trainer = Trainer(spec, data_dir=folder / "data", threads=1)
    for _ in trainer:
        pass
    watched = trainer.sample_statistics()
    fields = ("given", "margin", "confidence", "softmax")
    kept = {name: getattr(watched, name) for name in fields}
    np.savez(path, true=trainer.audit(pictures=0).columns["true"], **kept)


def main(folder: str, seeds: str = "0,1") -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    results: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for path in runs(Path(folder), [int(seed) for seed in seeds.split(",")]):
        run = Sample(path)
        wrong = run.given != run.true
        for name, form in FORMS.items():
            values = np.asarray(form(run), np.float64)
            ranked = Ranked({"true": run.true, "given": run.given}, values, ranking(values), None)
            first = wrong[ranked.order[: wrong.sum()]].mean()
            results[name].append((float(first), auroc(ranked) or 0.0))
    for name, pairs in results.items():
        precision, area = 100 * np.mean(pairs, axis=0)
        print(f"{name:<34} {precision:5.1f} {area:5.1f}  ({len(pairs)} runs)")


if __name__ == "__main__":
    main(*sys.argv[1:])
