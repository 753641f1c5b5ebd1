"""Runs that are submitted while the web process is killed, each with a seed or a key of its own."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from sqlalchemy import select

from backend.store.tables import Run
from tests.kills.ground import SPEC, Ground

BURST = (2, 4)  # submissions around one kill, while planned ones are left the latter


@dataclass
class Submission:
    """One POST; `run_id` is None where no answer came."""

    seed: int
    run_id: int | None = None

    @property
    def name(self) -> str:
        return f"seed {self.seed}"

    @property
    def spec(self) -> dict[str, object]:
        return {**SPEC, "seed": self.seed}


@dataclass
class Keyed:
    """A logged run, begun with the same key until it is answered; `answers` are all ids it got."""

    key: str
    answers: set[int] = field(default_factory=set)
    finished: bool = False


class Submissions:
    """Submits each run once, with a name that tells it from all others, and never tries again.

    So a 201 is a promise of exactly one run, and a POST without an answer of at most one. Logged
    runs, which have a key, are tried again: however often, the key has one run.
    """

    def __init__(self, ground: Ground, planned: int, first_seed: int) -> None:
        self._ground = ground
        self._planned = planned
        self._first_seed = first_seed
        self.all: list[Submission] = []
        self.keyed: list[Keyed] = []

    @property
    def left(self) -> int:
        """How many of the planned runs are still to be submitted."""
        return max(0, self._planned - len(self.all))

    def send(self, client: httpx.Client) -> bool:
        """One more run; False where the web process did not answer."""
        submission = Submission(self._first_seed + len(self.all))
        self.all.append(submission)
        body = {"name": submission.name, "spec": submission.spec}
        try:
            answer = client.post("/api/runs", json=body)
        except httpx.TransportError:
            return False
        submission.run_id = answer.raise_for_status().json()["id"]
        return True

    def send_keyed(self, client: httpx.Client) -> bool:
        """Begins one more logged run; False where the web process did not answer."""
        keyed = Keyed(f"key {len(self.keyed)}")
        self.keyed.append(keyed)
        return self._begin(client, keyed)

    def settle(self, client: httpx.Client) -> None:
        """Begins those logged runs again that are not finished, and finishes them."""
        for keyed in self.keyed:
            if not keyed.finished and self._begin(client, keyed):
                for run_id in keyed.answers:
                    client.post(f"/api/runs/{run_id}/finish", json={}).raise_for_status()
                keyed.finished = True

    def _begin(self, client: httpx.Client, keyed: Keyed) -> bool:
        body = {"name": keyed.key, "key": keyed.key}
        try:
            answer = client.post("/api/runs/logged", json=body)
        except httpx.TransportError:
            return False
        keyed.answers.add(answer.raise_for_status().json()["id"])
        return True

    def burst(self, client: httpx.Client, kill: Callable[[], None]) -> None:
        """Submits until the web process is gone, which `kill` sees to after the first answer."""
        answered = threading.Event()

        def send_all() -> None:
            for _ in range(max(BURST[0], min(BURST[1], self.left))):
                if not (self.send_keyed(client) and self.send(client)):
                    return
                answered.set()

        thread = threading.Thread(target=send_all)
        thread.start()
        answered.wait(timeout=client.timeout.read)
        kill()
        thread.join()

    def seeds(self) -> dict[int, int]:
        """The seed of each run that the database has."""
        by_name = {submission.name: submission.seed for submission in self.all}
        return {run_id: by_name[name] for run_id, name in self._rows() if name in by_name}

    def faults(self) -> list[str]:
        """Accepted runs that are not there once, and runs that nobody submitted."""
        rows = self._rows()
        ids = dict(rows)
        times = Counter(name for _, name in rows)
        faults = [
            f"run {one.run_id} was answered 201 and is not there"
            for one in self.all
            if one.run_id is not None and ids.get(one.run_id) != one.name
        ]
        faults += [f"{name!r} is there {n} times" for name, n in times.items() if n > 1]
        faults += [
            f"{one.key!r} was answered with runs {sorted(one.answers)}"
            for one in self.keyed
            if any(ids.get(run_id) != one.key for run_id in one.answers)
        ]
        strangers = times.keys() - {one.name for one in self.all} - {one.key for one in self.keyed}
        return faults + [f"{name!r} was never submitted" for name in sorted(strangers)]

    def _rows(self) -> list[tuple[int, str]]:
        with self._ground.database.read() as session:
            return [(row.id, row.name) for row in session.execute(select(Run.id, Run.name))]
