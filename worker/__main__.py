"""`python -m worker --once`: a worker without a broker that leaves by itself, for batch systems.

    python -m worker --once [--idle 60] [--until END]
    python -m worker --slots

`celery -A worker.app worker` is the one that stays.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace
from datetime import datetime

from backend.core import logs
from backend.core.settings import settings
from backend.core.slurm_job import end_words, job_end, job_number
from worker.batch import work
from worker.machine.time_limit import TimeLimit
from worker.runtime import ready, slots_here, worker_name

log = logging.getLogger("ols.worker")


def main(arguments: list[str] | None = None) -> None:
    """Returns when the worker has left."""
    options = _parser().parse_args(arguments)
    if options.slots:
        for slot in slots_here(settings()):
            print(f"{slot.device}: {slot.device_name}, {slot.threads} CPU threads")
        return
    logs.set_up(settings(), logging.INFO, worker=worker_name(settings()))
    shared = ready()
    end = options.until or _end_of_job()
    work(replace(shared, limit=TimeLimit(end), broker=False), options.idle)


def _end_of_job() -> float | None:
    """Of the Slurm job, said once: a worker that knows none is killed when its time is over."""
    number, end = job_number(), job_end()
    if number and end is None:
        log.warning(
            "Slurm job %s has no end that scontrol tells; --until says when to leave", number
        )
    elif number and end:
        log.info("Slurm job %s ends %s", number, end_words(end))
    return end


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worker", description=__doc__.split("\n")[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--once", action="store_true", help="train what is queued; leave when idle")
    what.add_argument("--slots", action="store_true", help="only print this machine's slots")
    parser.add_argument(
        "--idle", type=_seconds, default=60.0, help="seconds without a run after which it leaves"
    )
    parser.add_argument(
        "--until",
        type=_end,
        metavar="END",
        help="when it must have ended: seconds since 1970, or a time like 2026-11-30T18:00; no "
        "epoch is begun that would not end before (default: the end of the Slurm job)",
    )
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds >= 0:
        raise argparse.ArgumentTypeError("give seconds, 0 or more")
    return seconds


def _end(text: str) -> float:
    if text.isdecimal():
        return float(text)
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is no time: give seconds since 1970, or 2026-11-30T18:00"
        ) from None


if __name__ == "__main__":
    main()
