"""How settings, methods and measures are called in tables and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ols.spec.catalogue import DATASETS, METHODS, MODELS
from ols.spec.fields import fields_by_path

_TITLES = {
    "method.name": {entry.name: entry.title for entry in METHODS},
    "dataset.name": {entry.name: entry.title for entry in DATASETS},
    "model.name": {entry.name: entry.title for entry in MODELS},
}
_SHARES = ("noise.rate", "holdout")  # written in percent
_MEASURES = {
    "top1": "top-1",
    "top5": "top-5",
    "ece": "ECE",
    "ece_scaled": "ECE after temperature scaling",
    "loss": "NLL",
    "nll": "NLL",
    "memorized": "memorised wrong labels",
    "nll_scaled": "NLL after temperature scaling",
    "temperature": "temperature",
    "clean_top1": "top-1 on the true labels",
    "clean_samples_top1": "top-1 of the samples with a right label",
    "corrupted_samples_top1": "top-1 of the samples with a wrong label, on their true ones",
    "fgsm_top1": "FGSM top-1",
    "pgd_top1": "PGD top-1",
}
_OF_MODELS = {"ensemble": " of the ensemble of epochs", "best": " of the best epoch"}
_SPLITS = {"val": "validation", "test": "test", "train": "training"}


def is_fraction(metric: str) -> bool:
    """Accuracies, ECE and shares lie in [0, 1] and are shown in percent."""
    return metric.endswith(("top1", "top5", "ece", "ece_scaled", "memorized"))


def metric_title(metric: str, *, error: bool = False) -> str:
    """`val_top1` -> `validation top-1`; as an error `validation top-1 error`."""
    split, _, rest = metric.partition("_")
    if split not in _SPLITS:
        return metric.replace("_", " ")
    model, _, measure = rest.partition("_")
    of_model = _OF_MODELS.get(model, "")
    if of_model:
        rest = measure
    title = f"{_SPLITS[split]} {_MEASURES.get(rest, rest.replace('_', ' '))}{of_model}"
    if metric == "train_loss":  # the method's, which need not be a likelihood
        title = "training loss"
    return f"{title} error" if error else title


def field_title(path: str) -> str:
    """`noise.rate` -> `Noise rate`: without the section of the form."""
    field = fields_by_path().get(path)
    return field.title.split(": ")[-1] if field else path


def value_words(path: str, value: Any) -> str:
    """`method.name`, `ols` -> `Online label smoothing`; `noise.rate`, 0.4 -> `40%`."""
    if value is None:
        return "–"
    if path in _SHARES:
        return f"{100 * value:g}%"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return _TITLES.get(path, {}).get(value, str(value))


def key_words(paths: Sequence[str], key: Sequence[Any]) -> str:
    """A row's or column's heading: `Glyphs, 40%`."""
    if not paths:
        return "all runs"
    return ", ".join(
        value_words(path, value) if path in _TITLES or path in _SHARES
        else f"{path.split('.')[-1]} {value_words(path, value)}"
        for path, value in zip(paths, key, strict=True)
    )  # fmt: skip


def setting_words(paths: Sequence[str], key: Sequence[Any]) -> str:
    """Where something holds, with its preposition: ` on Glyphs at 40% noise, epochs 20`."""
    where = ""
    for path, value in zip(paths, key, strict=True):
        words = value_words(path, value)
        if path == "dataset.name":
            where += f" on {words}"
        elif path == "model.name":
            where += f" with {words}"
        elif path == "noise.rate":
            where += f" at {words} noise" if value else " without noise"
        else:
            where += f", {path.split('.')[-1]} {words}"
    return where


def measure_words(metric: str, difference: float, *, unit: bool = True) -> str:
    """A difference: `+2.1 points` for fractions, else `−0.031`."""
    points = is_fraction(metric)
    text = f"{100 * difference:+.1f}" if points else f"{difference:+.3f}"
    text = text.replace("-", "−")
    return f"{text} points" if unit and points else text
