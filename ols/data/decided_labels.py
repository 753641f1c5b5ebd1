"""Decisions on training labels: samples get another label, or are dropped.

They come with a run (backend.store.label_sets), or from a CSV of number,label where an empty label
drops the sample.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ols.errors import FieldError, SpecError

Decisions = Mapping[int, int | None]  # number in the whole training part -> class, None: drop


def decide(
    labels: Tensor, numbers: Tensor, decisions: Decisions, num_classes: int
) -> tuple[Tensor, Tensor]:
    """Labels (N,) with those that were decided, and a mask (N,) of the samples that stay.

    Raises SpecError for a class that there is not, or when nothing is left.
    """
    wrong = [label for label in decisions.values() if label is not None and label >= num_classes]
    if wrong:
        message = f"says class {wrong[0]}; the dataset has {num_classes}, from 0 on"
        raise SpecError([FieldError("labels.set", message)])
    decided, kept = labels.clone(), torch.ones(len(labels), dtype=torch.bool)
    for place, number in enumerate(numbers.tolist()):
        if number in decisions:
            label = decisions[number]
            if label is None:
                kept[place] = False
            else:
                decided[place] = label
    if not kept.any():
        raise SpecError([FieldError("labels.set", "drops every training sample")])
    return decided, kept


def read_decisions(path: Path) -> Decisions:
    """From a CSV; raises SpecError."""
    decisions: dict[int, int | None] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                label = (row["label"] or "").strip()
                decisions[int(row["number"])] = int(label) if label else None
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        message = f"{path} is no CSV of number,label: {error}"
        raise SpecError([FieldError("--labels", message)]) from error
    return decisions
