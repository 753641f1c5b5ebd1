"""sbatch, squeue and scancel for the jobs of one lab, and the job script."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.store.batch_jobs import PENDING, SeenJob

DEVICES = "{devices}"  # in the template's #SBATCH lines
_PATIENCE = 60.0  # seconds for a controller that is busy


class SlurmError(Exception):
    """Slurm refused, or can't be reached; the text is Slurm's own."""


@dataclass(frozen=True)
class Template:
    """A job script. Its `#SBATCH` lines say `{devices}` where a job's number of devices belongs;
    without it every job has one device."""

    text: str

    @classmethod
    def read(cls, path: Path) -> Template:
        """Raises OSError, and ValueError for what is no job script."""
        text = path.read_text()
        if not text.startswith("#!"):
            raise ValueError(f"{path} is no job script: its first line must be like #!/bin/bash")
        return cls(text)

    @property
    def sized(self) -> bool:
        """Whether jobs of several devices can be made of it."""
        return any(DEVICES in line for line in self._options())

    def script(self, devices: int) -> str:
        """For a job with so many devices."""
        lines = self.text.splitlines(keepends=True)
        return "".join(
            line.replace(DEVICES, str(devices)) if line.startswith("#SBATCH") else line
            for line in lines
        )

    def _options(self) -> list[str]:
        return [line for line in self.text.splitlines() if line.startswith("#SBATCH")]


class Slurm:
    """This user's jobs for one lab. They are known by their name, `ols-<lab>-<devices>`, so that
    nothing is lost when this command ends between submitting a job and noting it down."""

    def __init__(self, template: Template, lab: str) -> None:
        self.template = template
        self._prefix = f"ols-{lab[:8]}-"

    def jobs(self) -> list[SeenJob]:
        """Those that wait or run. Raises SlurmError, here and below."""
        name = re.compile(rf"{re.escape(self._prefix)}(\d+)")
        # The reason last: it alone may hold a bar.
        listed = _ask("squeue", "--me", "--noheader", "--format=%i|%j|%T|%r")
        jobs = []
        for line in listed.splitlines():
            number, job_name, state, reason = line.split("|", 3)
            if ours := name.fullmatch(job_name):
                reason = "" if reason == "None" else reason
                jobs.append(SeenJob(number, int(ours[1]), state, reason))
        return jobs

    def submit(self, devices: int) -> SeenJob:
        """A job with so many devices."""
        name = f"--job-name={self._prefix}{devices}"
        answer = _ask("sbatch", "--parsable", name, script=self.template.script(devices))
        return SeenJob(answer.strip().split(";")[0], devices, PENDING, "")

    def cancel(self, numbers: Sequence[str]) -> None:
        """Those of these that still wait: one that has begun since may hold a run."""
        if numbers:
            _ask("scancel", f"--state={PENDING}", *numbers)


def _ask(*command: str, script: str = "") -> str:
    try:
        done = subprocess.run(
            command, input=script, capture_output=True, text=True, timeout=_PATIENCE
        )
    except FileNotFoundError:
        text = f"{command[0]} is not on PATH: run this where jobs are submitted"
        raise SlurmError(text) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SlurmError(str(error)) from None
    if done.returncode:
        reason = done.stderr.strip() or f"exit status {done.returncode}"
        raise SlurmError(f"{command[0]}: {reason}")
    return done.stdout
