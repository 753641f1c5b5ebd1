"""sbatch, squeue and scancel for tests: a job is a folder with its name, state, reason, script.

Whoever tests moves them on, or a FakeScheduler does, which runs the scripts.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.support.pretended import pretend

# %(jobs)s: the folder of all jobs. Options come before what they are given for, as Slurm's do.
_SBATCH = r"""
cd "%(jobs)s" || exit 1
[ -f refuse ] && { cat refuse >&2; exit 1; }
number=$(( $(ls -d [0-9]* 2>/dev/null | wc -l) + 1 ))
mkdir $number; cat > $number/script
for word; do case $word in --job-name=*) echo "${word#--job-name=}" > $number/name;; esac; done
echo PENDING > $number/state; echo Priority > $number/reason
echo $number
"""
_SQUEUE = r"""
cd "%(jobs)s" || exit 1
[ -f away ] && { cat away >&2; exit 1; }
for job in [0-9]*; do
    read -r state < $job/state && [ $state != GONE ] || continue
    read -r name < $job/name; read -r reason < $job/reason
    echo "$job|$name|$state|$reason"
done
echo "900|somebody else's|RUNNING|None"
"""
_SCANCEL = r"""
cd "%(jobs)s" || exit 1
for word; do case $word in
    --state=PENDING) ;;
    *) if grep -q PENDING $word/state; then echo GONE > $word/state; fi;;
esac; done
"""


@dataclass(frozen=True)
class FakeSlurm:
    """The jobs that were submitted, by number."""

    folder: Path

    def set(self, number: str, state: str, reason: str = "None") -> None:
        """As a scheduler would; GONE: squeue does not list it any more."""
        (self.folder / number / "state").write_text(f"{state}\n")
        (self.folder / number / "reason").write_text(f"{reason}\n")

    def states(self) -> dict[str, str]:
        jobs = sorted(self.folder.glob("[0-9]*"), key=lambda job: int(job.name))
        return {job.name: (job / "state").read_text().strip() for job in jobs}

    def script(self, number: str) -> str:
        return (self.folder / number / "script").read_text()

    def name(self, number: str) -> str:
        return (self.folder / number / "name").read_text().strip()

    def refuse(self, words: str) -> None:
        """sbatch does; empty: no longer."""
        (self.folder / "refuse").write_text(words)
        if not words:
            (self.folder / "refuse").unlink()

    def away(self, words: str) -> None:
        """The controller does not answer squeue; empty: it does again."""
        (self.folder / "away").write_text(words)
        if not words:
            (self.folder / "away").unlink()


def install(monkeypatch: pytest.MonkeyPatch, folder: Path) -> FakeSlurm:
    """Puts the commands before the machine's own."""
    jobs = folder / "jobs"
    jobs.mkdir(parents=True)
    scripts = {"sbatch": _SBATCH, "squeue": _SQUEUE, "scancel": _SCANCEL}
    commands = {name: script % {"jobs": jobs} for name, script in scripts.items()}
    pretend(monkeypatch, folder / "bin", **commands)
    return FakeSlurm(jobs)


class FakeScheduler:
    """Starts jobs as a cluster with one node would, and preempts them.

    `submit` is what follows the queue: called with every look.
    """

    def __init__(self, fake: FakeSlurm, submit: Callable[[], None], most: int, wall: float) -> None:
        self.fake = fake
        self.submitted = 0
        self._submit = submit
        self._most = most
        self._wall = wall
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._requeued: set[str] = set()

    def look(self) -> list[str]:
        for number, process in list(self._running.items()):
            if process.poll() is not None:
                del self._running[number]
                again = number in self._requeued
                self._requeued.discard(number)
                self.fake.set(number, *(("PENDING", "BeginTime") if again else ("GONE",)))
        self._submit()
        states = self.fake.states()
        self.submitted = len(states)
        pending = [number for number, state in states.items() if state == "PENDING"]
        assert len(pending) + len(self._running) <= self._most
        if pending and not self._running:
            self._start(pending[0])
        return list(self._running)

    def preempt(self, number: str, *, at_once: bool) -> None:
        """Killed jobs are gone; the others come again, as `--requeue` says."""
        process = self._running[number]
        if at_once:
            self._signal(process, signal.SIGKILL)
        else:
            self._requeued.add(number)
            self._signal(process, signal.SIGTERM)

    def close(self) -> None:
        for process in self._running.values():
            self._signal(process, signal.SIGKILL)
            process.wait()

    def _start(self, number: str) -> None:
        end = {"SLURM_JOB_ID": number, "SLURM_JOB_END_TIME": str(int(time.time() + self._wall))}
        self._running[number] = subprocess.Popen(
            ["bash", str(self.fake.folder / number / "script")],
            env=os.environ | end,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.fake.set(number, "RUNNING")

    @staticmethod
    def _signal(process: subprocess.Popen[bytes], number: int) -> None:
        """To all its processes, as Slurm does."""
        try:
            family = [psutil.Process(process.pid)]
            family += family[0].children(recursive=True)
        except psutil.NoSuchProcess:
            return
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.send_signal(number)
