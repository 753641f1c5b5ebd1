"""Superclasses: by dataset, one name per class in the classes' order."""

from __future__ import annotations

from ols.spec.datasets import cifar100

SUPERCLASSES: dict[str, tuple[str, ...]] = {
    "glyphs": ("digit",) * 10 + ("upper case",) * 26 + ("lower case",) * 26,
    "fashion_mnist": (
        *("top", "trousers", "top", "dress", "top"),
        *("shoe", "top", "shoe", "bag", "shoe"),
    ),
    "cifar10": (
        *("vehicle", "vehicle", "animal", "animal", "animal"),
        *("animal", "animal", "animal", "vehicle", "vehicle"),
    ),
    "cifar100": cifar100.IN_ORDER,
}


def superclasses(dataset: str, count: int) -> tuple[str, ...] | None:
    """The superclass of each of a dataset's `count` classes; None where it has none."""
    found = SUPERCLASSES.get(dataset)
    return found if found and len(found) == count else None
