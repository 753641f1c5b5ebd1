"""A run of the lab, looked at from outside: submitted from here or opened by its number."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Self

from ols.client.connection import Connection
from ols.client.states import ENDS


class RemoteRun:
    """What the lab says of one run; `refresh` asks again."""

    def __init__(self, connection: Connection, data: dict[str, Any]) -> None:
        self.data = data  # as GET /api/runs/{id} answers
        self._connection = connection

    @property
    def id(self) -> int:
        return int(self.data["id"])

    @property
    def name(self) -> str:
        return str(self.data["name"])

    @property
    def state(self) -> str:
        """As of the last answer: queued, running, paused, finished, failed or cancelled."""
        return str(self.data["state"])

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"{self._connection.address.url}/runs/{self.id}"

    @property
    def error(self) -> str | None:
        """Why it failed."""
        return (self.data.get("error") or {}).get("message")

    def refresh(self) -> Self:
        self.data = self._connection.get(f"/api/runs/{self.id}")
        return self

    def wait(self, seconds: float | None = None, every: float = 2.0) -> Self:
        """Until the run has ended, however it ended: `state` says how.

        Raises TimeoutError after `seconds`; asks again each `every` seconds.
        """
        ends = None if seconds is None else time.monotonic() + seconds
        while self.refresh().state not in ENDS:
            if ends is not None and time.monotonic() + every > ends:
                raise TimeoutError(f"run {self.id} is still {self.state} after {seconds:g} s")
            time.sleep(every)
        return self

    def cancel(self) -> Self:
        """Asks the run to end. Raises LabRefused where it has ended."""
        self.data = self._connection.post(f"/api/runs/{self.id}/cancel")
        return self

    def fork(
        self,
        epoch: int,
        changes: Mapping[str, Any] | None = None,
        *,
        start: Mapping[str, Any] | None = None,
        name: str | None = None,
        retrain: bool = False,
    ) -> RemoteRun:
        """Queues a run that continues this one after `epoch`, with `changes` of its spec.

        `changes` are paths and values, `{"method.alpha": 0.9}`; `start` says what it takes over
        (docs/forks.md). `retrain`: where the epoch's checkpoint is gone, trains up to it again.
        Raises LabRefused where the run can't be forked so.
        """
        body = fork_body(epoch, changes, start, name=name, retrain=retrain)
        answer = self._connection.post(f"/api/runs/{self.id}/fork", body)
        return RemoteRun(self._connection, answer)

    def forks(
        self,
        epoch: int,
        grid: Mapping[str, Sequence[Any]],
        changes: Mapping[str, Any] | None = None,
        *,
        start: Mapping[str, Any] | None = None,
        retrain: bool = False,
    ) -> list[RemoteRun]:
        """Queues a fork for each combination of the `grid`'s values, all of them or none.

        Paths are those of `changes`, or `start.seed`: three values of a method's alpha with three
        seeds of what follows are nine runs.
        """
        bodies = []
        for values in product(*grid.values()):
            sets, starts = dict(changes or {}), dict(start or {})
            for path, value in zip(grid, values, strict=True):
                part, _, field = path.partition(".")
                if part == "start":
                    starts[field] = value
                else:
                    sets[path] = value
            bodies.append(fork_body(epoch, sets, starts, retrain=retrain))
        answer = self._connection.post(f"/api/runs/{self.id}/forks", {"forks": bodies})
        return [RemoteRun(self._connection, run) for run in answer["runs"]]

    def log(self, after: int = 0) -> str:
        """What its trainer printed, from byte `after` on; empty for a logged run."""
        path = f"/api/runs/{self.id}/log"
        return self._connection.request("GET", path, params={"after": after}).text

    def __repr__(self) -> str:
        return f"<RemoteRun {self.id} {self.name!r}: {self.state}>"


def fork_body(
    epoch: int,
    changes: Mapping[str, Any] | None,
    start: Mapping[str, Any] | None,
    *,
    name: str | None = None,
    retrain: bool = False,
) -> dict[str, Any]:
    """What `POST /api/runs/{id}/fork` takes."""
    return {
        "epoch": epoch,
        "set": dict(changes or {}),
        "start": dict(start or {}),
        "name": name,
        "retrain": retrain,
    }
