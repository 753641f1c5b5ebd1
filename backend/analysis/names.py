"""How settings and methods are called in tables and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ols.spec.catalogue import DATASETS, METHODS, MODELS
from ols.spec.fields import fields_by_path

_TITLES = {
    "method.name": {entry.name: entry.title for entry in METHODS},
    "dataset.name": {entry.name: entry.title for entry in DATASETS},
    "model.name": {entry.name: entry.title for entry in MODELS},
}
_SHARES = ("noise.rate", "holdout")  # written in percent


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
    if isinstance(value, Mapping):
        return ", ".join(f"{key} → {each}" for key, each in value.items()) or "–"
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
