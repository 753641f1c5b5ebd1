"""Turns what was watched of a run's samples into its audit: scores, rates, pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ols.measures.label_audit import ScoredLabels, audit_labels, ranking
from ols.measures.sample_statistics import SampleStatistics
from ols.training.epoch_report import SampleAudit
from ols.training.run_data import RunData
from ols.training.samples import picture, tile_size

PICTURES = 2_000  # of the most suspicious, by whichever score: of small images half a second


def audit_samples(
    data: RunData, statistics: SampleStatistics, *, truth: bool, pictures: int = PICTURES
) -> SampleAudit:
    """`truth`: the true labels are known, so the audit carries them."""
    scored = audit_labels(statistics, len(data.classes))
    numbers = data.train_numbers.cpu().numpy()
    columns: dict[str, np.ndarray] = {
        "number": numbers.astype(np.int32),
        "given": statistics.given.astype(np.int32),
        "suggested": statistics.other.astype(np.int32),
        "confidence": statistics.confidence,
        "deviation": statistics.deviation,
        "learned": statistics.learned,
        "forgotten": statistics.forgotten,
        **{name: score.values for name, score in scored.items()},
    }
    if truth:
        columns["true"] = data.true_labels.cpu().numpy().astype(np.int32)
    drawn = most_suspicious(scored, pictures)
    return SampleAudit(
        columns=columns,
        rates={name: score.rate for name, score in scored.items()},
        cuts={name: score.cut for name, score in scored.items()},
        joints={name: score.joint for name, score in scored.items()},
        pictures={int(numbers[place]): picture(data.train, int(place)) for place in drawn},
        size=tile_size(data.train),
    )


def most_suspicious(scored: dict[str, ScoredLabels], count: int) -> NDArray[np.int64]:
    """(count,) places of the samples that any of the scores has among its first."""
    if not count:
        return np.zeros(0, np.int64)
    best: NDArray[np.int64] | None = None
    for score in scored.values():
        order = ranking(score.values)
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        best = place if best is None else np.minimum(best, place)
    assert best is not None
    return np.argsort(best, kind="stable")[:count]
