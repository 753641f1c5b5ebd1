"""A sweep as command-line arguments.

    --spec base.json --set dataset=glyphs --grid method=hard,ols --grid seed=0..4
    --grid optimizer.lr=1e-3..1e-1:log --random 20
    --grid method.alpha=0.0..1.0 --search tpe --pruner asha --budget runs=60,hours=2

A field's values are separated by commas; `0..4` are whole numbers in sequence, `0.1..0.9` (with
`:log`, over orders of magnitude) is a range for random search; JSON is taken as it is.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from ols.errors import FieldError, SpecError
from ols.spec.assignments import leaf, read_spec, read_value, split_assignment
from ols.spec.sweep import MOST_VALUES

_SEARCH = ("search", "pruner")
_SPAN = re.compile(r"([-+.\de]+)\.\.([-+.\de]+?)(:log)?", re.IGNORECASE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything that `body` reads."""
    parser.add_argument("--spec", type=Path, help="a JSON file with what all runs share")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="a field that all runs share",
    )
    parser.add_argument(
        "--grid",
        action="append",
        default=[],
        metavar="PATH=VALUES",
        help="method=hard,ols or seed=0..4; may be repeated",
    )
    parser.add_argument(
        "--random", type=int, metavar="N", help="N random combinations instead of all"
    )
    parser.add_argument("--search-seed", type=int, default=0, help="seed of the search")
    parser.add_argument(
        "--search", choices=("grid", "random", "tpe"), help="how settings are chosen"
    )
    parser.add_argument(
        "--pruner", choices=("none", "asha"), help="asha: give up early what does badly"
    )
    parser.add_argument("--budget", metavar="runs=N,hours=H", help="where a search ends")
    parser.add_argument(
        "--objective",
        metavar="metric=NAME,at=last,seeds=N",
        help="what a search makes as good as it can; default: the last epoch's val_top1",
    )
    parser.add_argument(
        "--halving", metavar="first_epoch=N,factor=N", help="when asha compares settings"
    )
    parser.add_argument("--name", help="of the experiment; default: after what varies")
    parser.add_argument("--notes", default="", help="of the experiment, in Markdown")
    parser.add_argument(
        "--tag", action="append", default=[], help="added to every run; may be repeated"
    )
    parser.add_argument("--parallel", type=int, help="how many train at once at most")
    parser.add_argument("--priority", type=int, default=0, help="higher runs start first")


def body(given: argparse.Namespace) -> dict[str, Any]:
    """What `POST /api/experiments` would take; raises SpecError."""
    request: dict[str, Any] = {
        "spec": _spec(given),
        "grid": dict(_grid_field(text) for text in given.grid),
    }
    if given.random is not None:
        request |= {"search": "random", "samples": given.random}
    request |= {name: value for name in _SEARCH if (value := getattr(given, name)) is not None}
    for name in ("budget", "objective", "halving"):
        if getattr(given, name) is not None:
            request[name] = _pairs(f"--{name}", getattr(given, name))
    if given.search_seed:
        request["seed"] = given.search_seed
    facts = {name: getattr(given, name) for name in ("name", "notes", "parallel", "priority")}
    return request | {"tags": given.tag} | {name: value for name, value in facts.items() if value}


def _pairs(flag: str, text: str) -> dict[str, Any]:
    pairs = (split_assignment(part.strip(), flag, "runs=60") for part in text.split(","))
    return {name: read_value(value) for name, value in pairs}


def _spec(given: argparse.Namespace) -> dict[str, Any]:
    data = read_spec(given.spec) if given.spec else {}
    for text in given.set:
        path, value = split_assignment(text)
        node, key = leaf(data, path)
        node[key] = read_value(value)
    return data


def _grid_field(text: str) -> tuple[str, Any]:
    path, values = split_assignment(text, "--grid", "method=hard,ols")
    return path, _values(values)


def _values(text: str) -> Any:
    if text[:1] in "[{":
        try:
            return json.loads(text)
        except ValueError as error:
            raise _wrong("--grid", f"{text[:60]!r} is not JSON: {error}") from None
    span = _SPAN.fullmatch(text)
    if span:
        return _range(*span.groups())
    return [read_value(part.strip()) for part in text.split(",") if part.strip()]


def _range(low: str, high: str, log: str | None) -> Any:
    try:
        if log or not (_whole(low) and _whole(high)):
            return {"low": float(low), "high": float(high), "log": bool(log)}
        first, last = int(low), int(high)
    except ValueError:
        raise _wrong("--grid", f"{low}..{high} is not a range of numbers") from None
    if not first <= last < first + MOST_VALUES:
        raise _wrong("--grid", f"{low}..{high} must increase, by at most {MOST_VALUES:,} values")
    return list(range(first, last + 1))


def _whole(text: str) -> bool:
    return text.lstrip("+-").isdecimal()


def _wrong(flag: str, message: str) -> SpecError:
    return SpecError([FieldError(flag, message)])
