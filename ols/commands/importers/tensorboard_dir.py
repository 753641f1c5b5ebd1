"""Runs of a TensorBoard folder, read by TensorBoard's own library: each folder of event files is a
run, and its scalars are metrics by step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ols.commands.importers.source import SourceRun
from ols.errors import LabError

_OTHER_KINDS = ("images", "audio", "histograms", "graph", "run_metadata")


def read_tensorboard(folder: str) -> Iterator[SourceRun]:
    """Raises LabError where there are no event files."""
    top = Path(folder)
    folders = sorted({path.parent for path in top.rglob("*tfevents*") if path.is_file()})
    if not folders:
        raise LabError(f"{folder} has no event files of TensorBoard below it")
    for each in folders:
        yield _run(top, each)


def _run(top: Path, folder: Path) -> SourceRun:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    name = folder.relative_to(top).as_posix()
    run = SourceRun(str(folder.resolve()), top.resolve().name if name == "." else name)
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
    events.Reload()
    tags: dict[str, Any] = events.Tags()
    for tag in tags["scalars"]:
        for event in events.Scalars(tag):
            _add(run, tag, event, event.value)
    _add_tensors(run, events, tags["tensors"])
    for kind in _OTHER_KINDS:
        held = tags.get(kind)
        if held:
            run.left_out[kind] += len(held) if isinstance(held, list) else 1
    return run


def _add_tensors(run: SourceRun, events: Any, tags: list[str]) -> None:
    """TensorFlow 2 keeps scalars as tensors; other tensors are text, images and the like."""
    from tensorboard.util.tensor_util import make_ndarray

    for tag in tags:
        plugin = events.SummaryMetadata(tag).plugin_data.plugin_name
        if plugin != "scalars":
            run.left_out[plugin or "tensors"] += 1
            continue
        for event in events.Tensors(tag):
            _add(run, tag, event, make_ndarray(event.tensor_proto).item())


def _add(run: SourceRun, tag: str, event: Any, value: float) -> None:
    run.add("step", event.step, tag, value, datetime.fromtimestamp(event.wall_time, UTC))
