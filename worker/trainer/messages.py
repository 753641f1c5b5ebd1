"""What a trainer process tells its supervisor: framed messages of a JSON header and raw arrays.

No pickle: a header names each array's dtype and shape, its bytes follow in little-endian order.
Frames themselves (length, then bytes) are multiprocessing's `Connection.send_bytes`.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, get_args

import numpy as np

from ols.training.epoch_report import (
    ClassSamples,
    ConfusedPairs,
    EpochReport,
    Progress,
    RunInfo,
    SampleAudit,
)


@dataclass(frozen=True)
class Failure:
    """The run ends: a code of backend.core.error_codes and a sentence for the researcher."""

    code: str
    message: str


@dataclass(frozen=True)
class Done:
    """The last epoch is done and its checkpoint is written."""


@dataclass(frozen=True)
class PrecisionWish:
    """What precision a run with `auto` would take on this machine; the answer is what it takes."""

    name: str


Message = (
    RunInfo | ClassSamples | Progress | EpochReport | SampleAudit | PrecisionWish | Failure | Done
)
_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Message)}
_JOINT = "joint of "  # before the name of a score
_LENGTH = struct.Struct("<I")


def encode(message: Message) -> bytes:
    """A message as bytes."""
    values = {field.name: getattr(message, field.name) for field in fields(message)}
    arrays: dict[str, np.ndarray] = {}
    if isinstance(message, RunInfo):
        arrays["initial_soft_labels"] = values.pop("initial_soft_labels")
        if (transition := values.pop("transition")) is not None:
            arrays["transition"] = transition
    if isinstance(message, ClassSamples):
        values["lengths"], arrays["pictures"] = _joined(values.pop("rows"))
    if isinstance(message, EpochReport):
        arrays.update(values.pop("matrices"))
        if (confused := values.pop("confused")) is not None:
            arrays["pairs"] = confused.pairs
            lengths, arrays["pictures"] = _joined(confused.pictures.values())
            values["confused"] = [confused.part, list(confused.pictures), lengths]
        if (reliability := values.pop("reliability")) is not None:
            arrays["reliability"] = reliability
    if isinstance(message, SampleAudit):
        arrays = dict(values.pop("columns"))
        arrays |= {f"{_JOINT}{name}": joint for name, joint in values.pop("joints").items()}
        pictures = values.pop("pictures")
        lengths, arrays["pictures"] = _joined(pictures.values())
        values["pictures"] = [list(pictures), lengths]
    parts = {name: np.ascontiguousarray(_little(array)) for name, array in arrays.items()}
    header = {
        "kind": type(message).__name__,
        "values": values,
        "arrays": [[name, part.dtype.str, part.shape] for name, part in parts.items()],
    }
    head = json.dumps(header).encode()  # NaN is written as NaN, which Python's json reads back
    return b"".join([_LENGTH.pack(len(head)), head, *(part.tobytes() for part in parts.values())])


def decode(data: bytes) -> Message:
    """The message in `data`; raises ValueError when it is malformed."""
    try:
        (length,) = _LENGTH.unpack_from(data)
        start = _LENGTH.size + length
        header = json.loads(data[_LENGTH.size : start])
        values, arrays = header["values"], {}
        for name, dtype, shape in header["arrays"]:
            count = int(np.prod(shape))
            arrays[name] = np.frombuffer(data, dtype, count, start).reshape(shape)
            start += arrays[name].nbytes
        if header["kind"] == "EpochReport":
            if "confused" in values:
                part, numbers, lengths = values["confused"]
                pictures = dict(zip(numbers, _parted(lengths, arrays.pop("pictures")), strict=True))
                values["confused"] = ConfusedPairs(part, arrays.pop("pairs"), pictures)
            values |= {"reliability": arrays.pop("reliability", None), "matrices": arrays}
            values["warnings"] = tuple(values["warnings"])
        if header["kind"] == "SampleAudit":
            numbers, lengths = values["pictures"]
            tiles = _parted(lengths, arrays.pop("pictures"))
            values["pictures"] = dict(zip(numbers, tiles, strict=True))
            joints = [name for name in arrays if name.startswith(_JOINT)]
            values["joints"] = {name.removeprefix(_JOINT): arrays.pop(name) for name in joints}
            values["columns"] = arrays
        if header["kind"] == "RunInfo":
            names = ("classes", "labelled", "corrupted_of")
            values |= {**arrays, **{name: tuple(values[name]) for name in names}}
        if header["kind"] == "ClassSamples":
            values["rows"] = _parted(values.pop("lengths"), arrays["pictures"])
        message: Message = _KINDS[header["kind"]](**values)
    except (struct.error, KeyError, TypeError, UnicodeDecodeError) as error:
        raise ValueError(f"not a message of a trainer: {error}") from error
    return message


def _joined(pictures: Iterable[bytes]) -> tuple[list[int], np.ndarray]:
    """Their lengths, and all of them behind each other."""
    parts = list(pictures)
    return [len(part) for part in parts], np.frombuffer(b"".join(parts), np.uint8)


def _parted(lengths: Sequence[int], joined: np.ndarray) -> tuple[bytes, ...]:
    whole, ends = joined.tobytes(), np.cumsum(lengths, dtype=int).tolist()
    return tuple(whole[a:b] for a, b in pairwise([0, *ends]))


def _little(array: np.ndarray) -> np.ndarray:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)
