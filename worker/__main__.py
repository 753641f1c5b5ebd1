"""`python -m worker --once`: a worker without a broker that leaves by itself, for batch systems.

    python -m worker --once [--idle 60] [--until END]

`celery -A worker.app worker` is the one that stays.
"""

from __future__ import annotations

import argparse
import logging
import os
from dataclasses import replace
from datetime import datetime

from backend.core import logs
from backend.core.settings import settings
from worker.batch import work
from worker.machine.time_limit import TimeLimit
from worker.runtime import ready, worker_name


def main(arguments: list[str] | None = None) -> None:
    """Returns when the worker has left."""
    options = _parser().parse_args(arguments)
    logs.set_up(settings(), logging.INFO, worker=worker_name(settings()))
    work(replace(ready(), limit=TimeLimit(options.until), broker=False), options.idle)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worker", description=__doc__.split("\n")[0])
    parser.add_argument("--once", action="store_true", required=True, help="leave when idle")
    parser.add_argument(
        "--idle", type=_seconds, default=60.0, help="seconds without a run after which it leaves"
    )
    parser.add_argument(
        "--until",
        type=_end,
        default=_end(os.environ.get("SLURM_JOB_END_TIME", "")),
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


def _end(text: str) -> float | None:
    if not text:
        return None
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
