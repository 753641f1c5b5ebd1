"""Checkpoints: one file per epoch, written so that a crash at any moment leaves a good one.

A file is written under another name, synced and renamed, and the folder is synced. It holds only
tensors and plain Python values and loads with `weights_only=True`, so nothing in it can run code.
At least the last two are kept by default (retention.py): if the newest is damaged, the one before
is used.
"""

from __future__ import annotations

import os
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch

from ols.errors import CheckpointError
from ols.spec.run_spec import RunSpec
from ols.training.retention import Retention

FORMAT = 1
KEEP = Retention()

State = dict[str, Any]


def checkpoint_path(folder: Path, epoch: int) -> Path:
    """Names sort by epoch, so the last by name is the newest."""
    return folder / f"epoch-{epoch:06d}.pt"


def epoch_of(path: Path) -> int:
    """`epoch-000012.pt` -> 12"""
    return int(path.stem.removeprefix("epoch-"))


def list_checkpoints(folder: Path) -> list[Path]:
    """All checkpoints of a folder, oldest first."""
    return sorted(folder.glob("epoch-*.pt"))


def save_checkpoint(
    folder: Path, epoch: int, state: State, keep: Retention = KEEP, best_epoch: int = 0
) -> Path:
    """Writes the epoch's file and removes those that `keep` does not want.

    Raises CheckpointError when it can't be written, a full disk for one; those before are kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = checkpoint_path(folder, epoch)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        _write(temporary, {"format": FORMAT, "epoch": epoch, **state})
        temporary.replace(path)
        _sync_folder(folder)
    except (OSError, RuntimeError) as error:  # torch's archive writer has errors of its own
        reason = getattr(error, "strerror", None) or error
        raise CheckpointError(
            f"{path} can't be written: {reason}. The checkpoint before it is kept; "
            "free some disk space, then resume from there"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    there = {epoch_of(path): path for path in list_checkpoints(folder)}
    for old in there.keys() - keep.kept(there, best_epoch):
        there[old].unlink(missing_ok=True)
    return path


def load_newest(folder: Path, spec: RunSpec) -> State | None:
    """The newest usable state on the CPU; None where there is no checkpoint.

    Raises CheckpointError when all are damaged, or when one belongs to another spec.
    """
    paths = list_checkpoints(folder)
    for path in reversed(paths):
        try:
            state = _load(path)
        except CheckpointError as error:
            warnings.warn(f"{error}; trying the one before", stacklevel=2)
            continue
        # Parsed: a version that added a field to the spec resumes what an older one began. The
        # number of devices does not change what is trained.
        written = RunSpec.model_validate_json(state["spec"])
        if written.model_copy(update={"devices": spec.devices}) != spec:
            raise CheckpointError(
                f"{path} was written for another spec; choose an empty checkpoint folder"
            )
        return state
    if paths:
        raise CheckpointError(f"every checkpoint in {folder} is damaged; remove them to start over")
    return None


def load_checkpoint(path: Path) -> State:
    """The state in one file, on the CPU; raises CheckpointError."""
    if not path.exists():
        raise CheckpointError(f"there is no checkpoint {path}")
    return _load(path)


def _write(path: Path, state: State) -> None:
    with path.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())


def _load(path: Path) -> State:
    try:
        # torch.load itself does not notice a flipped byte in a tensor; the archive's CRC does.
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
        if damaged:
            raise ValueError(f"{damaged} has changed")
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises half a dozen kinds of errors for a damaged file
        raise CheckpointError(f"{path} is damaged: {type(error).__name__}") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise CheckpointError(f"{path} is not a checkpoint of format {FORMAT}")
    return state


def _sync_folder(folder: Path) -> None:
    """Without this the rename itself may not survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
