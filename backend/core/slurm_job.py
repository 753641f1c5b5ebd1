"""The Slurm job that this process runs in: its number, and when Slurm will kill it."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import datetime

_PATIENCE = 20.0  # seconds for scontrol, whose controller may be busy


def job_number() -> str | None:
    """As squeue shows it, `12` or `12_3` of an array; None outside a job."""
    array, task = os.environ.get("SLURM_ARRAY_JOB_ID"), os.environ.get("SLURM_ARRAY_TASK_ID")
    return f"{array}_{task}" if array and task else os.environ.get("SLURM_JOB_ID")


def job_end() -> float | None:
    """When its wall time is over, in seconds since 1970; None where nobody says.

    Slurm sets SLURM_JOB_END_TIME since version 23; before that scontrol knows it.
    """
    given = os.environ.get("SLURM_JOB_END_TIME", "")
    return float(given) if given.isdecimal() else _asked_end()


def end_words(end: float) -> str:
    """`18:04:00 (in 53 min)`, by this machine's clock."""
    moment = datetime.fromtimestamp(end).astimezone()
    minutes = (moment - datetime.now().astimezone()).total_seconds() / 60
    return f"{moment:%Y-%m-%d %H:%M:%S} (in {minutes:.0f} min)"


def _asked_end() -> float | None:
    number = job_number()
    if number is None:
        return None
    try:
        answer = subprocess.run(
            ["scontrol", "--oneliner", "show", "job", number],
            env=os.environ | {"SLURM_TIME_FORMAT": "%s"},  # else a time without its zone
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    end = re.search(r"\bEndTime=(\d+)\b", answer)  # Unknown without a limit
    return float(end[1]) if end else None
