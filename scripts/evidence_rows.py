"""Keeps what a lab's runs of a folder's sweeps came to: rows.jsonl, a line per finished run.

    python -m scripts.evidence_rows http://127.0.0.1:8000 docs/results/cifar10

Works while they train; another call writes the file anew.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from ols.spec.audit_scores import SCORE_NAMES
from ols.spec.metrics import metric

FILE = "rows.jsonl"
SPLITS = ("test", "train")  # whose metrics are kept
INFO = ("train_size", "val_size", "corrupted", "parameters", "threads")


def main(address: str, folder: str) -> None:
    with httpx.Client(base_url=address, timeout=120) as client:
        print(f"{keep(client, Path(folder))} runs in {Path(folder) / FILE}")


def keep(client: httpx.Client, folder: Path) -> int:
    """Writes the rows of all sweeps of a folder; how many there are."""
    lines = [
        json.dumps(row(client, run), ensure_ascii=False)
        for path in sorted(folder.glob("*.sweep.json"))
        for run in finished(client, experiment(client, json.loads(path.read_text())["name"]))
    ]
    (folder / FILE).write_text("".join(f"{line}\n" for line in lines))
    return len(lines)


def read(folder: Path) -> list[dict[str, Any]]:
    """The rows that were kept."""
    return [json.loads(line) for line in (folder / FILE).read_text().splitlines()]


def experiment(client: httpx.Client, name: str) -> int | None:
    """The number of the lab's experiment of this name."""
    experiments = _json(client, "/api/experiments", q=name)["experiments"]
    return next((one["id"] for one in experiments if one["name"] == name), None)


def finished(client: httpx.Client, number: int | None) -> Iterator[dict[str, Any]]:
    """An experiment's finished runs."""
    cursor = "" if number else None
    while cursor is not None:
        asked = {"experiment": number, "state": "finished", "sort": "id", "limit": 500}
        page = _json(client, "/api/runs", **asked, cursor=cursor)
        yield from page["runs"]
        cursor = page["next_cursor"]


def row(client: httpx.Client, run: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a run: setting, last values, and how well its audit found the wrong labels,
    which only a run with planted or known noise can tell."""
    started, ended = (datetime.fromisoformat(run[name]) for name in ("started_at", "finished_at"))
    kept = {name: run[name] for name in ("id", "name", "state", "spec")}
    kept["summary"] = {
        name: values for name, values in run["summary"].items() if metric(name).split in SPLITS
    }
    kept["info"] = {name: run["info"][name] for name in INFO}
    kept["seconds"] = round((ended - started).total_seconds(), 1)
    kept["audit"] = audit(client, run["id"]) if run["info"]["corrupted"] else None
    return kept


def audit(client: httpx.Client, run_id: int) -> dict[str, dict[str, float]]:
    """By score: precision at the true number of wrong labels, AUROC, estimated rate."""
    path, precision = f"/api/runs/{run_id}/audit/summary", {}
    for score in SCORE_NAMES:
        summary = _json(client, path, score=score)
        wrong = round(summary["true_rate"] * summary["samples"])
        precision[score] = summary["precision_at"][str(wrong)]
    rates = summary["estimated_rates"]
    return {"precision": precision, "auroc": summary["auroc"], "estimated_rate": rates}


def _json(client: httpx.Client, path: str, **query: Any) -> Any:
    return client.get(path, params=query).raise_for_status().json()


if __name__ == "__main__":
    main(*sys.argv[1:])
