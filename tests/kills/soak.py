"""Hundreds of tiny runs on real servers, with something killed every few seconds.

    python -m tests.kills.soak --runs 300 --workers 3 --seed 0          (make soak)

In the end every run has finished exactly once with the metrics of an undisturbed run, and no
process or file is left that should not be. Prints what was killed; exits with 1 and the faults
otherwise.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from backend.store import runs
from tests.kills.ground import Ground, directly, faults, settings
from tests.support.servers import PostgreSQL, RedisServer

TINY: dict[str, Any] = {"method": "ols", "dataset": "digits", "epochs": 4, "seed": 3}
PAUSE = (1.0, 5.0)  # seconds between two kills
PATIENCE = 30.0  # seconds for each run, on a busy machine, before the soak gives up


@dataclass
class Soak:
    """One soak: its ground, its dice, and what it has killed."""

    ground: Ground
    dice: random.Random
    kills: Counter[str] = field(default_factory=Counter)

    def kill_something(self) -> None:
        """One of the following, often a trainer or a worker."""
        kinds: dict[Callable[[], bool], int] = {
            self.trainer: 5,
            self.worker: 3,
            self.worker_in_order: 2,
            self.web: 1,
            self.redis: 1,
            self.flush: 1,
            self.postgres: 1,
        }
        kind = self.dice.choices(list(kinds), list(kinds.values()))[0]
        if kind():
            self.kills[kind.__name__] += 1

    def trainer(self) -> bool:
        """One whose run has crashed less than twice: the third time would fail it, and rightly."""
        for worker in self.dice.sample(self.ground.workers, len(self.ground.workers)):
            for process in _children(worker.pid):
                run_id = self._run_of(worker.pid)
                if run_id is not None and self._crashes(run_id) < 2:
                    process.kill()
                    return True
        return False

    def worker(self) -> bool:
        """SIGKILL, and another one starts."""
        return self._replace(signal.SIGKILL)

    def worker_in_order(self) -> bool:
        """SIGTERM, and another one starts."""
        return self._replace(signal.SIGTERM)

    def web(self) -> bool:
        """SIGKILL, and start again."""
        assert self.ground.web is not None
        self.ground.web.kill()
        self.ground.web.wait()
        self.ground.start_web()
        return True

    def redis(self) -> bool:
        """Stop, and start again empty."""
        assert self.ground.redis is not None
        self.ground.redis.stop(signal.SIGKILL)
        time.sleep(1)
        self.ground.redis.start()
        return True

    def flush(self) -> bool:
        """FLUSHALL."""
        assert self.ground.redis is not None
        self.ground.redis.flush()
        return True

    def postgres(self) -> bool:
        """A crash, and start again."""
        assert self.ground.postgres is not None
        self.ground.postgres.stop()
        time.sleep(1)
        self.ground.postgres.start()
        return True

    def _replace(self, number: signal.Signals) -> bool:
        worker = self.dice.choice(self.ground.workers)
        os.kill(worker.pid, number)
        worker.wait()
        self.ground.workers.remove(worker)
        self.ground.start_worker()
        return True

    def _run_of(self, pid: int) -> int | None:
        with self.ground.database.read() as session:
            found, _ = runs.listing(session, runs.RunQuery(states=("running",)))
        held = [run["id"] for run in found if (run["worker"] or "").endswith(f":{pid}")]
        return held[0] if held else None

    def _crashes(self, run_id: int) -> int:
        return sum(each["outcome"] == "crashed" for each in self.ground.attempts(run_id))


def soak(number: int, workers: int, seed: int) -> tuple[Counter[str], float, list[str]]:
    """What was killed, the seconds it took, and the faults found: none, one hopes."""
    postgres, redis = PostgreSQL(), RedisServer()
    postgres.start()
    redis.start()
    with tempfile.TemporaryDirectory(prefix="ols-soak-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        undisturbed = directly(TINY, folder / "datasets")
        config = settings(folder, postgres.new_database(), redis.url)
        ground = Ground(config, postgres, redis)
        try:
            began = time.monotonic()
            one = Soak(ground, random.Random(seed))
            run_ids = _run(one, number, workers)
            seconds = time.monotonic() - began
            found = [fault for run_id in run_ids for fault in faults(ground, run_id, undisturbed)]
            return one.kills, seconds, found + _leftovers(ground, run_ids)
        finally:
            ground.close()
            redis.close()
            postgres.close()


def _run(one: Soak, number: int, workers: int) -> list[int]:
    """Submits through the API and kills until all runs have ended."""
    ground = one.ground
    client = ground.start_web()
    run_ids = []
    for _ in range(number):
        answer = client.post("/api/runs", json={"spec": TINY})
        run_ids.append(answer.raise_for_status().json()["id"])
    for _ in range(workers):
        ground.start_worker()
    deadline = time.monotonic() + 60 + PATIENCE * number
    while time.monotonic() < deadline:
        time.sleep(one.dice.uniform(*PAUSE))
        with ground.database.read() as session:
            counts = runs.counts(session)
        if counts["queued"] + counts["running"] == 0:
            break
        one.kill_something()
    return run_ids


def _leftovers(ground: Ground, run_ids: list[int]) -> list[str]:
    """Processes and files that nobody needs any more."""
    found = [f"a trainer lives: {process.pid}" for process in ground.trainers()]
    for run_id in run_ids:
        folder = ground.config.run_dir(run_id)
        files = [path for path in folder.rglob("*") if path.is_file()]
        epochs = {int(path.stem.removeprefix("epoch-")) for path in files if path.suffix == ".pt"}
        best = ground.run(run_id)["summary"].get("val_top1", {}).get("best_epoch") or 0
        kept = ground.config.retention.kept(range(1, TINY["epochs"] + 1), best)
        if epochs != kept or len(files) != len(kept) + 2:  # the log, and whose folder it is
            found.append(f"run {run_id} left {sorted(path.name for path in files)}")
    return found


def _children(pid: int) -> list[psutil.Process]:
    try:
        return [
            p for p in psutil.Process(pid).children() if "worker.trainer.process" in p.cmdline()
        ]
    except psutil.Error:
        return []


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kills.soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    kills, seconds, found = soak(given.runs, given.workers, given.seed)
    killed = ", ".join(f"{number} x {what}" for what, number in kills.most_common())
    print(f"{given.runs} runs on {given.workers} workers in {seconds:.0f} s; killed: {killed}")
    print("\n".join(found) or "each finished once, as undisturbed; nothing is left behind")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
