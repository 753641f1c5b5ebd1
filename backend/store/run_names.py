"""What runs are called that nobody named: by what tells them apart.

default_name(spec)            # "ols α=0.9 glyphs 20% s1"
default_names(sweep_specs)    # "ols α=0.9 s1", where all have the same data and noise
is_default(name, spec)        # whether nobody typed it: another spec then gets another name
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from backend.store.spec_paths import flatten
from ols.spec.run_spec import RunSpec

MOST_LETTERS = 200  # of a name
MOST_FIELDS = 4  # named beside method, data and seed
_SYMBOLS = {
    **{"alpha": "α", "beta": "β", "gamma": "γ", "epsilon": "ε", "lambda": "λ", "tau": "τ"},
    **{"temperature": "T", "batch_size": "batch"},
}
_CLONED = re.compile(r" \(\d{1,6}\)$")
_NAMED = ("method", "dataset", "noise", "seed", "version", "preset")  # or never named


def default_name(spec: RunSpec) -> str:
    """Of one run: its method with what differs from the method's defaults, data, noise, seed."""
    return default_names([spec])[0]


def default_names(specs: Sequence[RunSpec]) -> list[str]:
    """Of runs that are submitted together: what all of them share is left out."""
    flat = [dict(flatten(spec.model_dump(mode="json"))) for spec in specs]
    varied = _varied(flat)
    alone = len(specs) == 1
    data = alone or any(path.startswith("dataset.") for path in varied)
    noise = alone or any(path.startswith("noise.") for path in varied)
    others = [path for path in varied if path.split(".")[0] not in _NAMED]
    return [
        _name(spec, fields, data=data, noise=noise, others=others[:MOST_FIELDS])
        for spec, fields in zip(specs, flat, strict=True)
    ]


def is_default(name: str, spec: RunSpec) -> bool:
    """Whether a run of this spec, or its clone, is called so by default, in whatever sweep."""
    fields = dict(flatten(spec.model_dump(mode="json")))
    others = [path for path in fields if path.split(".")[0] not in _NAMED]
    first, *words = _CLONED.sub("", name).split() or [""]
    changed = [_setting(path, fields[path]) for path in fields if path.startswith("method.")]
    known = {spec.dataset.name, spec.noise.words, *changed}
    known.update(_setting(path, fields[path]) for path in others)
    return first == spec.method.name and words[-1:] == [f"s{spec.seed}"] and known >= {*words[:-1]}


def _name(
    spec: RunSpec, fields: Mapping[str, Any], *, data: bool, noise: bool, others: Sequence[str]
) -> str:
    usual = _usual_method(spec.method.name, spec.dataset.model_dump_json())
    changed = [
        path
        for path in fields
        if path.startswith("method.") and path in usual and fields[path] != usual[path]
    ]
    parts = [
        spec.method.name,
        *(_setting(path, fields[path]) for path in changed[:MOST_FIELDS]),
        spec.dataset.name if data else "",
        spec.noise.words if noise else "",
        *(_setting(path, fields.get(path)) for path in others),
        f"s{spec.seed}",
    ]
    return " ".join(filter(None, parts))[:MOST_LETTERS]


def fork_name(parent: str, epoch: int, before: RunSpec, after: RunSpec, seed: int | None) -> str:
    """Of a fork: its parent's name, where it leaves it, and what it changes; `seed` is that of what
    follows, where that begins anew."""
    was = dict(flatten(before.model_dump(mode="json")))
    now = dict(flatten(after.model_dump(mode="json")))
    renamed = {
        path.split(".")[0] for path in now if path.endswith(".name") and was.get(path) != now[path]
    }
    changed = [
        path
        for path, value in now.items()
        if was.get(path) != value and (path.endswith(".name") or path.split(".")[0] not in renamed)
    ]
    settings = [_setting(path, now[path]) for path in changed[:MOST_FIELDS]]
    words = [f"@{epoch}", *filter(None, settings), *([] if seed is None else [f"s{seed}"])]
    tail = " ".join(words)
    return f"{parent[: MOST_LETTERS - len(tail) - 1]} {tail}"[:MOST_LETTERS]


def _varied(flat: Sequence[Mapping[str, Any]]) -> list[str]:
    paths = dict.fromkeys(path for fields in flat for path in fields)
    return [path for path in paths if len({str(fields.get(path)) for fields in flat}) > 1]


@lru_cache(maxsize=256)
def _usual_method(method: str, dataset: str) -> dict[str, Any]:
    """The method's fields where nobody set them; `dataset` as JSON, whose presets count."""
    spec = RunSpec.parse({"method": method, "dataset": json.loads(dataset)})
    return dict(flatten(spec.model_dump(mode="json")))


def _setting(path: str, value: Any) -> str:
    """`α=0.9`; a name (of a network, a schedule) speaks for itself."""
    field = path.rpartition(".")[2]
    if value is None:
        return ""
    if field == "name":
        return str(value)
    word = _SYMBOLS.get(field, field)
    return f"{word}={value:g}" if isinstance(value, float) else f"{word}={value}"
