"""What `python -m backend slurm` is told."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything that `submit_jobs` reads."""
    parser.add_argument("--template", type=Path, required=True, help="the job script")
    parser.add_argument(
        "--max", type=_natural, required=True, metavar="N", help="jobs that wait or run, at most"
    )
    parser.add_argument(
        "--every",
        type=_natural,
        default=30,
        metavar="SECONDS",
        help="between two looks at queue and jobs (default: 30)",
    )


def _natural(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("give a whole number, 1 or more")
    return int(text)
