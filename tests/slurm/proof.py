"""Runs in jobs with short wall times, which are preempted at random: all finish, no epoch twice,
bit for bit as nobody had disturbed them.

    python -m tests.slurm.proof [--runs 20] [--epochs 40] [--seed 0]        (make test-slurm)

runs it on a real Slurm, one node on this machine, with PostgreSQL and without a broker. The suite
has a smaller one with commands that stand in for Slurm's (tests/slurm/test_preemption.py).
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import psutil
from sqlalchemy import func, select

from backend.core.run_states import FINAL
from backend.store.tables import Run
from tests.kills.evidence import fence_faults, resume_faults
from tests.kills.ground import SPEC, Ground, faults, settings
from tests.slurm import cluster
from tests.support.measured import directly
from tests.support.ports import free_port
from tests.support.processes import ROOT, end, environment, start
from tests.support.servers import PostgreSQL
from tests.support.waiting import PATIENCE

# Each is trained undisturbed once; several runs share one.
VARIANTS: tuple[dict[str, Any], ...] = (
    {"method": "ols", "seed": 3},
    {"method": "hard", "seed": 4},
    {"method": "label_smoothing", "seed": 5},
    {"method": "ols", "seed": 6, "noise": {"kind": "symmetric", "rate": 0.2}},
)


class Scheduler(Protocol):
    """Where jobs wait and run."""

    def look(self) -> list[str]:
        """The jobs that run now; raises AssertionError when there are more than there may be."""

    def preempt(self, number: str, *, at_once: bool) -> None:
        """Ends a job: with SIGTERM before, or not, as a node that fails."""


@dataclass
class Outcome:
    """What was done to the jobs, and what is wrong with the runs."""

    faults: list[str]
    preempted: Counter[str] = field(default_factory=Counter)
    attempts: Counter[str] = field(default_factory=Counter)  # by outcome and reason
    seconds: float = 0.0

    def __str__(self) -> str:
        ways = ", ".join(f"{number} {how}" for how, number in sorted(self.preempted.items()))
        ends = "; ".join(f"{number} {words}" for words, number in self.attempts.most_common())
        return f"{self.seconds:.0f} s; jobs: {ways or 'none preempted'}; attempts: {ends}"


def prove(
    ground: Ground,
    scheduler: Scheduler,
    planned: int,
    epochs: int,
    pause: tuple[int, int],
    seed: int,
) -> Outcome:
    """Submits, preempts a job whenever `pause` (from, to) epochs were recorded, and judges.

    A job that is preempted gets a SIGTERM before in two of three cases.
    """
    chance, outcome = random.Random(seed), Outcome([])
    specs = [
        {**SPEC, **VARIANTS[number % len(VARIANTS)], "epochs": epochs} for number in range(planned)
    ]
    run_ids = [ground.submit(**spec) for spec in specs]
    began = progress_at = time.monotonic()
    recorded, due = 0, chance.randint(*pause)
    while True:
        running = scheduler.look()
        now, left = _progress(ground)
        if not left:
            break
        if now != recorded:
            recorded, progress_at = now, time.monotonic()
        if recorded >= due and running:
            at_once = chance.random() < 1 / 3
            scheduler.preempt(chance.choice(running), at_once=at_once)
            outcome.preempted["killed" if at_once else "with SIGTERM before"] += 1
            due = recorded + chance.randint(*pause)
        if time.monotonic() - progress_at > 4 * PATIENCE:
            outcome.faults.append("nothing moves any more")
            break
        time.sleep(0.3)
    outcome.seconds = time.monotonic() - began
    undisturbed = [
        directly({**SPEC, **variant, "epochs": epochs}, ground.config.datasets_dir)
        for variant in VARIANTS
    ]
    for number, run_id in enumerate(run_ids):
        outcome.faults += faults(ground, run_id, undisturbed[number % len(VARIANTS)])
        outcome.faults += resume_faults(ground, run_id) + fence_faults(ground, run_id)
        for attempt in ground.attempts(run_id):
            outcome.attempts[" ".join(filter(None, (attempt["outcome"], attempt["reason"])))] += 1
    return outcome


def _progress(ground: Ground) -> tuple[int, int]:
    """Epochs that are recorded, and runs that have not ended."""
    with ground.database.read() as session:
        left = func.count().filter(Run.state.not_in(FINAL))
        epochs, open_runs = session.execute(select(func.sum(Run.epoch), left)).one()
    return epochs or 0, open_runs


def job_script(log: Path, settings: dict[str, str], *options: str, idle: int = 5) -> str:
    """As docs/slurm/lab.sbatch, with what this lab is."""
    exports = "".join(f"export {name}='{value}'\n" for name, value in settings.items())
    lines = "".join(f"#SBATCH {option}\n" for option in options)
    return (
        f"#!/bin/bash\n{lines}cd {ROOT} || exit 1\n{exports}"
        f"exec {sys.executable} -m worker --once --idle {idle} >> {log} 2>&1\n"
    )


class RealSlurm:
    """One node on this machine; `python -m backend slurm` submits to it."""

    def __init__(self, variables: dict[str, str], most: int) -> None:
        self._variables = os.environ | variables
        self.most = most
        self.submitted = 0  # the highest job number that was seen
        self.reasons: Counter[str] = Counter()

    def look(self) -> list[str]:
        lines = self._ask("squeue", "--noheader", "--format=%i|%T|%r").splitlines()
        jobs = [line.split("|", 2) for line in lines]
        alive = [job for job in jobs if job[1] in ("PENDING", "CONFIGURING", "RUNNING")]
        assert len(alive) <= self.most, lines
        self.submitted = max([self.submitted, *(int(job[0]) for job in jobs)])
        self.reasons.update(job[2] for job in alive if job[1] == "PENDING")
        return [job[0] for job in alive if job[1] == "RUNNING"]

    def preempt(self, number: str, *, at_once: bool) -> None:
        if not at_once:
            self._ask("scontrol", "requeue", number)
            return
        # Not by scancel, which sends SIGTERM first whatever it is told.
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("SLURM_JOB_ID") == number:
                    process.kill()

    def _ask(self, *command: str) -> str:
        done = subprocess.run(command, env=self._variables, capture_output=True, text=True)
        return done.stdout


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all is as promised."""
    parser = argparse.ArgumentParser(prog="python -m tests.slurm.proof")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--max", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--signal",
        action="store_true",
        help="let Slurm send SIGTERM before the end; else workers leave by their own clock",
    )
    given = parser.parse_args(arguments)
    if missing := cluster.missing():
        print(f"A real Slurm is needed: {missing}", file=sys.stderr)
        return 2
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ols-slurm-")))
        postgres = PostgreSQL()
        stack.callback(postgres.close)
        postgres.start()
        # Nobody listens there: neither jobs nor the command that submits them need a broker.
        config = settings(
            folder / "data", postgres.new_database(), f"redis://127.0.0.1:{free_port()}/0"
        )
        config.data_dir.mkdir()
        ground = Ground(config, postgres, None)
        ground.nudges = 0
        stack.callback(ground.close)
        variables = stack.enter_context(cluster.cluster(folder / "slurm", cpus=2))
        slurm = RealSlurm(variables, given.max)
        jobs = {**ground.environment, "OLS_DATA_DIR": str(config.data_dir)}
        jobs |= {"OLS_TRAINER_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
        template = folder / "lab.sbatch"
        options = ["--cpus-per-task={devices}", "--time=1", "--requeue"]
        options += [f"--output={folder}/job-%j.out"]
        options += ["--signal=B:TERM@5"] if given.signal else []
        template.write_text(job_script(ground.log, jobs, *options))
        command = [sys.executable, "-m", "backend", "slurm", f"--template={template}"]
        submitter = start(
            [*command, f"--max={given.max}", "--every=2"],
            folder / "submitter.log",
            environment(config.data_dir, **ground.environment) | variables,
        )
        stack.callback(end, submitter)
        outcome = prove(ground, slurm, given.runs, given.epochs, (60, 240), given.seed)
        print(f"{given.runs} runs of {given.epochs} epochs in {slurm.submitted} jobs; {outcome}")
        print(f"what pending jobs waited for: {', '.join(slurm.reasons)}")
        for fault in outcome.faults:
            print(fault)
        if outcome.faults:
            print((folder / "submitter.log").read_text()[-3000:])
            print(ground.log.read_text(errors="replace")[-6000:])
    return int(bool(outcome.faults))


if __name__ == "__main__":
    sys.exit(main())
