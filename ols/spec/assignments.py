"""A spec as command lines give it: a JSON file, and fields that are set one by one. No torch.

data = read_spec(Path("base.json"))
path, text = split_assignment("optimizer.lr=0.05")
assign(data, path, read_value(text))
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from ols.errors import FieldError, SpecError


def read_spec(path: Path) -> dict[str, Any]:
    """The JSON object in a file; raises SpecError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SpecError([FieldError("--spec", f"can't read {path}: {error}")]) from error
    if not isinstance(data, dict):
        raise SpecError([FieldError("--spec", f"{path} must hold a JSON object")])
    return data


def split_assignment(
    text: str, flag: str = "--set", example: str = "optimizer.lr=0.05"
) -> tuple[str, str]:
    """`PATH=VALUE` as its two parts; raises SpecError."""
    path, equals, value = text.partition("=")
    if not equals or not all(path.split(".")):
        message = f"expected PATH=VALUE such as {example}, not {text[:60]!r}"
        raise SpecError([FieldError(flag, message)])
    return path, value


def read_value(text: str) -> Any:
    """JSON where it is JSON (numbers, true, null, lists), else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def leaf(data: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """The part of a spec that a dotted path's last key belongs to, and that key.

    Parts on the way are made where there are none; a bare name stands for {"name": ...}.
    """
    *parents, last = path.split(".")
    node = data
    for parent in parents:
        inner = node.get(parent)
        if not isinstance(inner, dict):
            inner = {"name": inner} if isinstance(inner, str) else {}
            node[parent] = inner
        node = inner
    return node, last


def assign(data: dict[str, Any], path: str, value: Any) -> None:
    """Sets a dotted path; another name of a part clears the fields of the one before."""
    place, last = leaf(data, path)
    if last == "name" and place.get("name") != value:
        place.clear()
    place[last] = copy.deepcopy(value)  # later paths write into it
