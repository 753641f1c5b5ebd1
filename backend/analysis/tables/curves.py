"""Curves of many runs: what seeds repeat, their mean and deviation; smoothed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.analysis.names import key_words
from backend.core import late_numpy as np
from backend.schemas.compare import Difference
from backend.schemas.noise import MeanCurve
from backend.schemas.runs import Summarised
from backend.store.spec_paths import differences, leaves

# What may differ between repetitions of one setting: it changes no result, or is the repetition.
REPEATS = ("seed", "version", "devices", "preset", "keep_matrices", "keep_checkpoints")


def repetitions(runs: Sequence[Summarised]) -> list[list[int]]:
    """The places of the runs that share all fields but the seed, in the order of their first."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for place, run in enumerate(runs):
        key = tuple((path, str(value)) for path, value in leaves(run) if _counts(path))
        # A fork repeats other forks of the same epoch alone: what it has trained is another thing.
        key += (("parent", str(run.get("parent"))),)
        groups.setdefault(key, []).append(place)
    return list(groups.values())


def group_titles(runs: Sequence[Summarised], groups: Sequence[Sequence[int]]) -> list[str]:
    """Each setting by what tells it apart, and no more: `Online label smoothing, 40% noise`."""
    rows = _telling(differences([runs[group[0]] for group in groups]))
    if not rows:
        return [str(runs[group[0]]["name"]) for group in groups]
    columns = [(row["path"], row["values"]) for row in rows]
    return [
        ", ".join(_words(path, values[i]) for path, values in columns if values[i] is not None)
        for i in range(len(groups))
    ]


def _telling(rows: Sequence[Difference]) -> list[Difference]:
    """Names and the noise rate, then each further field that parts settings still alike."""
    rows = [row for row in rows if _counts(row["path"])]
    telling = [row for row in rows if row["path"].endswith((".name", "noise.rate"))]
    for row in rows:
        if row not in telling and _kinds([*telling, row]) > _kinds(telling):
            telling.append(row)
    return telling


def _kinds(rows: Sequence[Difference]) -> int:
    """How many settings these fields tell apart."""
    return len(set(zip(*([str(value) for value in row["values"]] for row in rows), strict=True)))


def _words(path: str, value: Any) -> str:
    words = key_words([path], [value])
    return f"{words} noise" if path == "noise.rate" else words


def mean_curve(series: Sequence[Mapping[int, float]]) -> MeanCurve:
    """Mean and deviation over runs at each epoch that any of them has; `n`: the most at one.

    NumPy rather than `statistics`, whose exact fractions take 30 times as long: a comparison of
    fifty runs has 15,000 values of each metric.
    """
    epochs = sorted({epoch for each in series for epoch in each})
    values = np.array([[each.get(epoch, np.nan) for epoch in epochs] for each in series])
    values = values.reshape(len(series), len(epochs))  # (runs, epochs), also where there are none
    counts = np.isfinite(values).sum(axis=0)
    means = np.nansum(values, axis=0) / np.maximum(counts, 1)
    squares = np.nansum((values - means) ** 2, axis=0)
    stds = np.sqrt(squares / np.maximum(counts - 1, 1))
    return {
        "epochs": epochs,
        "mean": means.tolist(),
        "std": [std if n > 1 else None for std, n in zip(stds.tolist(), counts, strict=True)],
        "n": int(counts.max(initial=0)),
    }


def smoothed(values: Sequence[float], weight: float) -> list[float]:
    """Exponential moving average, corrected for its start; 0 leaves the values as they are."""
    averages = []
    mean = scale = 0.0
    for value in values:
        mean = weight * mean + (1 - weight) * value
        scale = weight * scale + (1 - weight)
        averages.append(mean / scale)
    return averages


def _counts(path: str) -> bool:
    return path.split(".")[0] not in REPEATS
