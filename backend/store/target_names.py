"""What a field or a metric may be called by whoever filters: `epochs`, `alpha`, `val ECE`."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

from backend.store.folding import fold
from ols.spec.fields import spec_fields
from ols.spec.metric import MARK
from ols.spec.metrics import METRICS


def target_named(text: str) -> str | None:
    """`epochs`, `method.alpha`, `alpha` or a title -> `spec.method.alpha`; a metric's name or title
    -> its last value, or its best one where the text says best. None for anything else."""
    return _names().get(fold(text.replace(MARK, "").strip()))


def near_names(text: str) -> list[str]:
    """What may have been meant."""
    return get_close_matches(fold(text.strip()), _names(), n=3, cutoff=0.75)


@cache
def _names() -> dict[str, str]:
    """A name that two of them have is nobody's, unless it is somebody's whole path."""
    names: dict[str, str | None] = {}
    for field in spec_fields():
        target = f"spec.{field.path}"
        for name in (field.title, field.title.split(": ")[-1], field.path.rpartition(".")[2]):
            key = fold(name)
            names[key] = target if names.get(key, target) == target else None
    for metric in METRICS:
        for which in ("best", "last"):
            target = f"{metric.name}.{which}"
            for name in (metric.name, metric.short, metric.title):
                names[fold(f"{which} {name}")] = target
                names[fold(name)] = target  # the last one stands without a word
    whole = {fold(field.path): f"spec.{field.path}" for field in spec_fields()}
    return {name: target for name, target in names.items() if target} | whole
