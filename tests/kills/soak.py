"""Tiny runs on real processes, with something killed or stopped every few seconds.

    python -m tests.kills.soak --lab servers --runs 100 --workers 3 --seed 0        (make soak)

`servers` is PostgreSQL and Redis, `embedded` SQLite and a folder as the queue. In the end each run
that was accepted has finished exactly once, with the metrics of an undisturbed run of its own seed,
trained no more epochs than its checkpoints allow, and no process or file is left that should not
be. Ends with the faults and 1, or with 2 where it could not kill all it should.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from backend.core.run_states import FINAL
from backend.store import runs
from tests.kills.evidence import fence_faults, resume_faults, trained
from tests.kills.ground import EPOCHS, Ground, faults, settings
from tests.kills.kinds import Kinds
from tests.kills.submissions import Submissions
from tests.support.measured import directly
from tests.support.servers import PostgreSQL, RedisServer
from tests.support.waiting import PATIENCE

Where = Literal["servers", "embedded"]

PAUSE = (0.5, 3.0)  # seconds between two kills
MOST_EXTRA = 12  # runs beside the planned ones, until each kind has hit


@dataclass
class Result:
    """What a soak did and found."""

    kills: Counter[str]
    runs: int
    trained: int  # epochs
    spared: int  # epochs that were resumed from
    faults: list[str]
    missing: list[str]  # kinds that never hit

    def __str__(self) -> str:
        killed = ", ".join(f"{number} x {what}" for what, number in self.kills.most_common())
        return (
            f"{self.runs} runs of {EPOCHS} epochs, {self.trained} epochs trained, "
            f"{self.spared} resumed from; hit: {killed}"
        )


def soak(
    where: Where,
    planned: int,
    workers: int,
    seed: int,
    *,
    kills: int | None = None,
    patience: float = PATIENCE,
) -> Result:
    """Submits, kills and waits until all runs have ended and each kind has hit; then judges.

    After `kills` that hit only what has not hit yet is killed. `patience`: seconds after which a
    run that does not move is a fault.
    """
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="ols-soak-", ignore_cleanup_errors=True)
            )
        )
        ground = _ground(where, folder, stack)
        submissions = Submissions(ground, planned, first_seed=1000 * seed)
        kinds = Kinds(ground, submissions, random.Random(seed), patience)
        for _ in range(workers):
            ground.start_worker()
        found = _until_all_have_ended(kinds, planned, kills)
        seeds = submissions.seeds()
        logs = [trained(ground, run_id) for run_id in seeds if not found]
        return Result(
            kills=kinds.done,
            runs=len(seeds),
            trained=sum(log.epochs for log in logs),
            spared=sum(log.spared for log in logs),
            faults=found or _verdict(ground, submissions),
            missing=kinds.missing,
        )


def _ground(where: Where, folder: Path, stack: ExitStack) -> Ground:
    if where == "embedded":
        ground = Ground(settings(folder), None, None)
    else:
        postgres, redis = PostgreSQL(), RedisServer()
        for server in (postgres, redis):
            stack.callback(server.close)
            server.start()
        ground = Ground(settings(folder, postgres.new_database(), redis.url), postgres, redis)
    stack.callback(ground.close)
    return ground


def _until_all_have_ended(kinds: Kinds, planned: int, kills: int | None) -> list[str]:
    """Submits half, the others amid kills of the web process; the first faults end it at once."""
    ground, submissions = kinds.ground, kinds.submissions
    for _ in range(planned // 2):
        submissions.send(kinds.client)
    seen, since = _state(ground), time.monotonic()
    judged: set[int] = set()
    while True:
        time.sleep(kinds.dice.uniform(*PAUSE))
        kinds.look()
        state = _state(ground)
        ended = {run[0] for run in state if run[1] in FINAL} - judged
        if found := kinds.faults + [
            f for run_id in ended for f in _attempts_faults(ground, run_id)
        ]:
            return found
        judged |= ended
        if all(run[1] in FINAL for run in state):
            extra = len(submissions.all) - planned
            if extra >= MOST_EXTRA or not (kinds.missing or submissions.left):
                return []
            submissions.send(kinds.client)
        if state != seen:
            seen, since = state, time.monotonic()
        elif time.monotonic() - since > kinds.patience:
            return [f"nothing moves: {[run for run in state if run[1] not in FINAL]}"]
        if kinds.missing or kills is None or kinds.done.total() < kills:
            kinds.one()


def _attempts_faults(ground: Ground, run_id: int) -> list[str]:
    return resume_faults(ground, run_id) + fence_faults(ground, run_id)


def _state(ground: Ground) -> list[tuple[int, str, int, int]]:
    """(id, state, attempt, epoch) of each run that workers train."""
    with ground.database.read() as session:
        rows, _ = runs.listing(session, runs.RunQuery(limit=500))
    trained_here = [row for row in rows if row["source"] == "trained"]
    return [(r["id"], r["state"], r["attempt"], r["progress"]["epoch"]) for r in trained_here]


def _verdict(ground: Ground, submissions: Submissions) -> list[str]:
    found = submissions.faults()
    datasets = ground.config.datasets_dir
    for run_id, seed in submissions.seeds().items():
        spec = next(one.spec for one in submissions.all if one.seed == seed)
        undisturbed = directly(spec, datasets)
        found += faults(ground, run_id, undisturbed)
        found += _attempts_faults(ground, run_id)  # once more: of late writes
        found += _leftovers(ground, run_id)
    return found + [f"a trainer lives: {process.pid}" for process in ground.trainers()]


def _leftovers(ground: Ground, run_id: int) -> list[str]:
    """Files that nobody needs any more, or that are gone."""
    files = [path for path in ground.config.run_dir(run_id).rglob("*") if path.is_file()]
    epochs = {int(path.stem.removeprefix("epoch-")) for path in files if path.suffix == ".pt"}
    best = ground.run(run_id)["summary"].get("val_top1", {}).get("best_epoch") or 0
    kept = ground.config.retention({}).kept(range(1, EPOCHS + 1), best)
    if epochs == kept and len(files) == len(kept) + 2:  # the log, and whose folder it is
        return []
    return [f"run {run_id} left {sorted(path.name for path in files)}"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kills.soak", description=__doc__)
    parser.add_argument("--lab", choices=get_args(Where), default="servers")
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kills", type=int, help="no more than needed after that many")
    parser.add_argument("--patience", type=float, default=PATIENCE)
    given = parser.parse_args()
    began = time.monotonic()
    result = soak(
        given.lab,
        given.runs,
        given.workers,
        given.seed,
        kills=given.kills,
        patience=given.patience,
    )
    print(f"{given.lab}, {given.workers} workers, {time.monotonic() - began:.0f} s: {result}")
    for fault in result.faults:
        print(f"fault: {fault}")
    if result.faults:
        return 1
    if result.missing:
        print(f"never hit: {', '.join(result.missing)}")
        return 2
    print("each finished once, as undisturbed; nothing is left behind")
    return 0


if __name__ == "__main__":
    sys.exit(main())
