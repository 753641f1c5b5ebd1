"""What a fork begins from: its parent's checkpoint, trained up to again where it is gone.

run 12's folder/parent/epoch-000008.pt           the end of the parent's epoch 8
run 12's folder/parent/epoch-000004.pt           the nearest that the parent had kept: epochs 5
                                                 to 8 are trained again, as the parent did
run 12's folder/parent/parent/epoch-000002.pt    what the parent, itself a fork, begins from
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ols.errors import CheckpointError
from ols.spec.fork import Start
from ols.spec.run_spec import RunSpec

if TYPE_CHECKING:
    from ols.training.fork import ForkPoint

Say = Callable[[str], None]


def by_number(pairs: list[list[int | None]] | None) -> dict[int, int | None] | None:
    """Decisions on labels as they come: JSON has no numbers as keys."""
    return None if pairs is None else {int(number or 0): label for number, label in pairs}


def prepared_fork_point(job: Mapping[str, Any], say: Say, *, needed: bool) -> ForkPoint | None:
    """The fork's fork_point, whose checkpoint is there if it is `needed`; None of any other run.

    Raises CheckpointError where it can't be trained up to again.
    """
    return job.get("fork_point") and _fork_point(
        job, job["fork_point"], Path(job["parent_dir"]), say, needed
    )


def _fork_point(
    job: Mapping[str, Any], told: Mapping[str, Any], folder: Path, say: Say, needed: bool
) -> ForkPoint:
    from ols.training.checkpoint import checkpoint_path, list_checkpoints
    from ols.training.fork import ForkPoint

    path = checkpoint_path(folder, told["epoch"])
    needed = needed and not path.exists()
    begun = bool(list_checkpoints(folder))
    parents = told["fork_point"]
    before = parents and _fork_point(job, parents, folder / "parent", say, needed and not begun)
    if needed:
        _train_up_to(job, told, folder, before, say)
    return ForkPoint(path, told["epoch"], Start.model_validate(told["start"]), before)


def _train_up_to(
    job: Mapping[str, Any],
    told: Mapping[str, Any],
    folder: Path,
    before: ForkPoint | None,
    say: Say,
) -> None:
    """Trains the parent's epochs again that lie between its nearest checkpoint and the fork."""
    import torch.distributed as dist

    from ols.training.trainer import Trainer

    trainer = Trainer(
        RunSpec.parse({**told["spec"], "devices": job["spec"].get("devices", 1)}),
        data_dir=Path(job["data_dir"]),
        checkpoint_dir=folder,
        threads=told["threads"] or job["threads"],
        decisions=by_number(told["decisions"]),
        fork_point=before,
        # Runs of earlier versions recorded none: on a CPU they were float32.
        settle_precision=lambda _trial: told.get("precision") or "fp32",
    )
    last = told["epoch"]
    say(f"run {told['run']} keeps no checkpoint of epoch {last}: training up to it again")
    for report in trainer:
        say(f"  epoch {report.epoch} of {last} again")
        if report.epoch == last:
            break
    trainer.save()
    if dist.is_available() and dist.is_initialized():
        dist.barrier()  # the first rank writes it, the others read it next
    if trainer.epoch != last:
        raise CheckpointError(f"run {told['run']} could not be trained up to epoch {last} again")
