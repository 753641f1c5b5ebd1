"""Which precision a run with `auto` wishes for on this CPU: bf16 where the network gains by it.

Measured once per CPU, PyTorch, number of threads, network and shape of its images, and kept below
the data folder, so that runs of the same spec compute the same bits. Who removes the file, as after
the machine got another kernel, has it measured again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.core.hard_links import link_or_copy
from worker.trainer.channel import Channel
from worker.trainer.messages import PrecisionWish

if TYPE_CHECKING:
    from ols.training.precision import PrecisionTrial

Say = Callable[[str], None]


def settle(job: Mapping[str, Any], channel: Channel, say: Say, trial: PrecisionTrial) -> str:
    """What the supervisor says to this machine's wish."""
    if job["spec"].get("devices", 1) > 1:  # its ranks, which are not asked, must take the same
        return "fp32"
    channel.send(PrecisionWish(wish(Path(job["precision_dir"]), trial, say)))
    return channel.answer()


def wish(folder: Path, trial: PrecisionTrial, say: Say) -> str:
    """fp32 or bf16."""
    from ols.training.precision import GAIN

    if not trial.possible:
        return "fp32"
    seconds = _kept(folder, trial)
    gains = seconds["bf16"] <= GAIN * seconds["fp32"]
    say(
        f"a step of {trial.images} images takes {1000 * seconds['fp32']:.1f} ms in fp32 and "
        f"{1000 * seconds['bf16']:.1f} ms in bf16 on this CPU, as measured once"
    )
    return "bf16" if gains else "fp32"


def _kept(folder: Path, trial: PrecisionTrial) -> dict[str, float]:
    """CPU seconds by precision: what was measured first counts for all."""
    conditions = trial.conditions()
    name = hashlib.sha256(json.dumps(conditions, sort_keys=True).encode()).hexdigest()[:16]
    path = folder / f"{name}.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f"{name}.{os.getpid()}.tmp"
        aside.write_text(json.dumps({**conditions, "seconds": trial.measure()}, indent=1))
        with contextlib.suppress(FileExistsError):  # of two that measure at once the first
            link_or_copy(aside, path)
        aside.unlink()
    seconds: dict[str, float] = json.loads(path.read_text())["seconds"]
    return seconds
