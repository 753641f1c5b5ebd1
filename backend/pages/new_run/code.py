"""A run or a sweep as code: what the form shows beside its fields.

`ols.__main__.assemble_spec` and `backend.cli.sweep_arguments` read the command lines that are
written here; a test holds the two against each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pprint import pformat
from shlex import quote
from textwrap import indent
from typing import Any

from backend.store.spec_paths import flatten
from ols.commands.spec_options import NOISE_FIELD

_OPTIONS = {"epochs": "--epochs", "batch_size": "--batch-size", "seed": "--seed"}
_WORD = re.compile(r"[a-zA-Z_][\w-]*")
_FACTS = ("name", "notes", "parallel", "priority")  # of an experiment


def run_command(spec: Mapping[str, Any]) -> str:
    """`python -m ols train ...` of a partial spec: options where there are some, else --set."""
    rest = dict(spec)
    words = []
    if "preset" in rest:
        words.append(f"--preset {quote(str(rest.pop('preset')))}")
    for part in ("method", "dataset", "model"):
        if part in rest:
            fields = {"name": rest[part]} if isinstance(rest[part], str) else dict(rest[part])
            if "name" in fields:
                words.append(f"--{part} {quote(str(fields.pop('name')))}")
            rest[part] = fields
    noise = rest.get("noise")
    if isinstance(noise, Mapping) and "kind" in noise:
        others = dict(noise)
        kind = others.pop("kind")
        more = others.pop(NOISE_FIELD.get(kind, "rate"), None)
        words.append(f"--noise {quote(kind if more is None else f'{kind}:{more}')}")
        rest["noise"] = others
    words += [
        f"{flag} {quote(str(rest.pop(key)))}" for key, flag in _OPTIONS.items() if key in rest
    ]
    return _lines("python -m ols train", [*words, *_assignments(rest)])


def run_python(spec: Mapping[str, Any]) -> str:
    """The same with the library."""
    return (
        "from ols import RunSpec, Trainer\n\n"
        f"spec = RunSpec.parse(\n{_literal(spec)}\n)\n"
        "for report in Trainer(spec):\n"
        '    print(report.epoch, report.metrics["val_top1"])'
    )


def sweep_command(sweep: Mapping[str, Any]) -> str:
    """`python -m backend sweep ...` of what `POST /api/experiments` takes."""
    words = _assignments(sweep.get("spec", {}))
    words += [f"--grid {quote(f'{path}={_values(v)}')}" for path, v in sweep["grid"].items()]
    if "samples" in sweep:
        words.append(f"--random {sweep['samples']}")
    elif "search" in sweep:
        words.append(f"--search {sweep['search']}")
    if sweep.get("pruner"):
        words.append(f"--pruner {sweep['pruner']}")
    words += [
        f"--{name} {','.join(f'{key}={value}' for key, value in sweep[name].items())}"
        for name in ("budget", "objective", "halving")
        if sweep.get(name)
    ]
    if sweep.get("seed"):
        words.append(f"--search-seed {sweep['seed']}")
    words += [f"--tag {quote(tag)}" for tag in sweep.get("tags", ())]
    words += [f"--{key} {quote(str(sweep[key]))}" for key in _FACTS if sweep.get(key)]
    return _lines("python -m backend sweep", words)


def sweep_python(sweep: Mapping[str, Any], origin: str) -> str:
    """The same over HTTP; `origin` is the lab's address."""
    return (
        "import httpx\n\n"
        f"sweep = (\n{_literal(sweep)}\n)\n"
        f'answer = httpx.post("{origin}/api/experiments", json=sweep)\n'
        "answer.raise_for_status()\n"
        'print(answer.json()["id"], answer.json()["name"])'
    )


def fork_command(run_id: int, fork: Mapping[str, Any]) -> str:
    """`ols fork ...` of what `POST /api/runs/{id}/fork` takes."""
    words = [f"--epoch {fork['epoch']}"]
    for flag in ("set", "start"):
        words += [
            f"--{flag} {quote(f'{path}={value if isinstance(value, str) else json.dumps(value)}')}"
            for path, value in fork.get(flag, {}).items()
        ]
    words += [f"--name {quote(fork['name'])}"] if fork.get("name") else []
    words += ["--retrain"] if fork.get("retrain") else []
    return _lines(f"ols fork {run_id}", words)


def fork_python(run_id: int, fork: Mapping[str, Any], origin: str) -> str:
    """The same with the client; `origin` is the lab's address."""
    given = {"set": "changes"}
    options = "".join(
        f",\n    {given.get(name, name)}={value!r}" for name, value in fork.items() if value
    ).removeprefix(",")
    return (
        "from ols.client import Lab\n\n"
        f'run = Lab("{origin}").get({run_id}).fork({options},\n)\n'
        "print(run.wait().state)"
    )


def _lines(command: str, words: Sequence[str]) -> str:
    return " \\\n    ".join([command, *words])


def _literal(value: Any) -> str:
    return indent(pformat(value, width=72, sort_dicts=False), "    ")


def _assignments(spec: Mapping[str, Any]) -> list[str]:
    return [
        f"--set {quote(f'{path}={value if isinstance(value, str) else json.dumps(value)}')}"
        for path, value in flatten(spec)
    ]


def _values(values: Any) -> str:
    """As `--grid` reads them: `hard,ols`; JSON for a range, for parts and for texts with commas."""
    if isinstance(values, list) and all(map(_is_plain, values)):
        return ",".join(v if isinstance(v, str) else json.dumps(v) for v in values)
    return json.dumps(values)


def _is_plain(value: Any) -> bool:
    """Read back as itself from between two commas."""
    if isinstance(value, str):
        return bool(_WORD.fullmatch(value)) and value not in ("null", "true", "false")
    return isinstance(value, int | float)
