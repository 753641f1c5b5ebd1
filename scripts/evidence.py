"""Runs the sweeps of a folder of results through a lab of its own, and writes its pages.

    OLS_DATA_DIR=/somewhere OLS_CPU_SLOTS=2 OLS_TRAINER_THREADS=1 \
        python -m scripts.evidence docs/results/cifar10

Starts the web service and one worker on that data folder, whose `datasets` must hold what the
sweeps train on (docs/data.md). Each *.sweep.json, by name, is what `POST /api/experiments` takes
and becomes one experiment, which a second call continues: one of the same name is not submitted
again. Then scripts.evidence_rows keeps what they came to, and scripts.evidence_pages the tables.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from scripts import evidence_pages, evidence_rows
from scripts.services import ServiceError, Services

LOOK = 10.0  # seconds between two looks


def main(folder: str) -> int:
    """1 when a service can't start or a sweep is refused."""
    try:
        with Services() as services, services.client() as client:
            ids = [submit(client, path) for path in sorted(Path(folder).glob("*.sweep.json"))]
            print(f"experiments {', '.join(map(str, ids))} on {services.address}", flush=True)
            wait(services, client, ids)
            print(f"{evidence_rows.keep(client, Path(folder))} runs finished", flush=True)
        evidence_pages.write(Path(folder))
    except (ServiceError, httpx.HTTPError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command continues.")
    return 0


def submit(client: httpx.Client, path: Path) -> int:
    """The id of a sweep's experiment, submitted unless there is one of its name."""
    sweep: dict[str, Any] = json.loads(path.read_text())
    submitted = evidence_rows.experiment(client, sweep["name"])
    if submitted is None:
        answer = client.post("/api/experiments", json=sweep).raise_for_status()
        submitted = int(answer.json()["id"])
    return submitted


def wait(services: Services, client: httpx.Client, ids: list[int]) -> None:
    """Returns once no run is queued or running; a busy machine may leave a question unanswered."""
    while True:
        services.keep_running()
        try:
            answers = [client.get(f"/api/experiments/{number}") for number in ids]
            states = [answer.raise_for_status().json()["states"] for answer in answers]
        except httpx.TransportError:
            states = []
        if states and not any(state.get("queued", 0) + state.get("running", 0) for state in states):
            return
        time.sleep(LOOK)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
