"""Sends the spools that no process sends any more: of loops that were killed, or had no lab."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ols.client import spool
from ols.client.connection import Connection
from ols.client.delivery import Delivery
from ols.client.spool import RECORDS
from ols.client.states import REOPENED
from ols.errors import LabError


@dataclass(frozen=True)
class Synced:
    """What became of one spool. `problem` is empty where the lab has everything it takes."""

    name: str
    url: str
    run_id: int | None = None
    bytes_sent: int = 0
    refused: int = 0  # records that the lab does not take
    problem: str = ""


def sync(connect: Callable[[str], Connection]) -> Iterator[Synced]:
    """Sends each spool to its own lab, `connect(url)`, and removes it; a loop's own is left."""
    for folder in spool.stored():
        descriptor = spool.claim(folder)
        if descriptor is None:
            continue
        try:
            yield _sync_one(folder, connect)
        finally:
            os.close(descriptor)


def waiting() -> int:
    """How many spools wait to be sent."""
    count = 0
    for folder in spool.stored():
        if (descriptor := spool.claim(folder)) is not None:
            os.close(descriptor)
            count += 1
    return count


def _sync_one(folder: Path, connect: Callable[[str], Connection]) -> Synced:
    try:
        url, body = spool.read_run(folder)
    except (OSError, ValueError) as error:
        return Synced(folder.name, "", problem=f"it can't be read: {error}")
    name = str(body.get("name") or body["key"])
    problems: list[str] = []
    connection = None
    size = (folder / RECORDS).stat().st_size
    try:
        connection = connect(url)
        delivery = Delivery(folder, body, connection, lambda kind, text: problems.append(text))
        unsent = size - delivery.sent.offset
        former = _former_end(delivery, connection)
        while delivery.send():
            pass
        if former and not delivery.ended:
            delivery.finish(former)
    except LabError as error:
        return Synced(name, url, problem=f"{error}; it is kept")
    finally:
        if connection is not None:
            connection.close()
    shutil.rmtree(folder, ignore_errors=True)
    problem = problems[0] if problems else ""
    return Synced(name, url, delivery.run_id, unsent, delivery.refused, problem)


def _former_end(delivery: Delivery, connection: Connection) -> dict[str, str] | None:
    """How the run has ended meanwhile: sending opens it again, and it is to end in the same way."""
    if delivery.run_id is None:
        return None
    with suppress(LabError):
        run = connection.get(f"/api/runs/{delivery.run_id}")
        if run["state"] in REOPENED:
            error = (run.get("error") or {}).get("message")
            return {"state": run["state"], **({"error": error} if error else {})}
    return None
