"""A run's spec from the command line: what `ols train` and `ols submit` share."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ols.spec.assignments import leaf, read_spec, read_value, split_assignment
from ols.spec.catalogue import DATASETS, METHODS
from ols.spec.choice import Choice, Entry

# What stands behind the colon of --noise; of all other kinds the rate.
NOISE_FIELD = {"human": "labels", "file": "file"}


def add_spec_options(parser: argparse.ArgumentParser) -> None:
    """`--spec`, `--preset`, the named fields, `--set`."""
    parser.add_argument(
        "--spec", type=Path, metavar="FILE", help="a JSON file with a spec to start from"
    )
    parser.add_argument("--preset", help="a preset to start from, e.g. cifar100-symmetric-40")
    parser.add_argument("--method", help=f"one of {_names(METHODS)}")
    parser.add_argument("--dataset", help=f"one of {_names(DATASETS)}")
    parser.add_argument("--model", help="a network; `catalogue` lists all")
    parser.add_argument("--epochs", help="passes over the training set")
    parser.add_argument("--batch-size", help="images per step")
    parser.add_argument(
        "--devices", help="GPUs, or processes on a CPU, that train the run together"
    )
    parser.add_argument("--seed", help="determines weights, noise, holdout and order")
    parser.add_argument(
        "--noise",
        metavar="KIND:RATE",
        help="e.g. symmetric:0.2, instance:0.4, human:worse, file:labels.csv",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="any field of the spec, e.g. optimizer.lr=0.05; may be repeated",
    )


def assemble_spec(options: argparse.Namespace) -> dict[str, Any]:
    """The spec's file, then the named options, then each --set."""
    data = read_spec(options.spec) if options.spec else {}
    for name in ("method", "dataset", "model"):
        value = getattr(options, name)
        given = data.get(name)
        # Naming the same method as the file keeps the file's settings of it.
        if value is not None and value not in (given, _name_of(given)):
            data[name] = value
    if options.preset is not None:
        data["preset"] = options.preset
    for name in ("epochs", "batch_size", "devices", "seed"):
        if getattr(options, name) is not None:
            data[name] = read_value(getattr(options, name))
    if options.noise is not None:
        kind, _, value = options.noise.partition(":")
        field = NOISE_FIELD.get(kind, "rate")
        value = read_value(value) if field == "rate" else value
        data["noise"] = {"kind": kind, **({field: value} if value != "" else {})}
    for assignment in options.set:
        _assign(data, assignment)
    return data


def _assign(data: dict[str, Any], assignment: str) -> None:
    path, text = split_assignment(assignment)
    node, key = leaf(data, path)
    node[key] = read_value(text)


def _name_of(part: Any) -> Any:
    return part.get("name") if isinstance(part, dict) else part


def _names(entries: Sequence[Entry[Choice]]) -> str:
    return ", ".join(entry.name for entry in entries)
