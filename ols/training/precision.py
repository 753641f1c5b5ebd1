"""In which precision a run computes, and what a step costs in each of them on a CPU."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from ols.errors import FieldError, SpecError
from ols.spec.models.base import ModelSpec

GAIN = 0.9  # bf16 is worth its rounding where a step takes at most this share of float32's time

_BATCH = 32  # images of a measured step, at most; fewer of large ones
_PIXELS = 2**16  # of all of them together
_LEAST_IMAGES = 4
_ROUNDS, _SECONDS = 5, 1.0  # whichever ends first; one round at least

_CPU_INFO = Path("/proc/cpuinfo")
_BF16_FLAGS = {"avx512_bf16", "amx_bf16"}


@dataclass(frozen=True)
class Precision:
    """`dtype` is None for plain float32; fp16 also needs its gradients scaled."""

    device_type: str
    dtype: torch.dtype | None

    @property
    def name(self) -> str:
        """As the spec writes it."""
        return next(name for name, dtype in _DTYPES.items() if dtype == self.dtype)

    @property
    def scaled(self) -> bool:
        return self.dtype == torch.float16

    def autocast(self) -> AbstractContextManager[object]:
        if self.dtype is None:
            return nullcontext()
        return torch.autocast(self.device_type, dtype=self.dtype)


_DTYPES = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}


def choose_precision(name: str, device: torch.device, stored: str | None = None) -> Precision:
    """`auto`: what a checkpoint `stored`, for another one gives other bits; else bf16 mixed
    precision on a GPU that has it, float32 otherwise."""
    on_gpu = device.type == "cuda"
    if name == "auto":
        name = stored or ("bf16" if on_gpu and torch.cuda.is_bf16_supported() else "fp32")
    if name == "fp16" and not on_gpu:
        raise SpecError([FieldError("precision", "fp16 needs a GPU; use auto, fp32 or bf16")])
    return Precision(device.type, _DTYPES[name])


@dataclass(frozen=True)
class PrecisionTrial:
    """Whether a network gains by bf16 on this CPU; `measure` finds out."""

    network: nn.Module
    model: ModelSpec  # what it was built by
    image: tuple[int, int, int]  # (C, H, W)
    classes: int
    batch_size: int

    def conditions(self) -> dict[str, Any]:
        """Where these are the same, so is the answer, up to noise."""
        return {
            "cpu": _cpu("model name"),
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
            "model": self.model.model_dump(mode="json"),
            "image": list(self.image),
            "classes": self.classes,
            "batch": self.images,
        }

    @property
    def images(self) -> int:
        """Of a measured step."""
        fitting = max(_LEAST_IMAGES, _PIXELS // (self.image[1] * self.image[2]))
        return min(self.batch_size, _BATCH, fitting)

    @property
    def possible(self) -> bool:
        """Whether this CPU multiplies in bf16 by itself (AVX512_BF16 or AMX)."""
        return not _BF16_FLAGS.isdisjoint(_cpu("flags").split())

    def measure(self) -> dict[str, float]:
        """CPU seconds of a step in each precision: the shortest of a few, taken in turns.

        On a copy of the network; no random number of the run is drawn.
        """
        network = copy.deepcopy(self.network).train()
        stream = torch.Generator().manual_seed(0)
        images = torch.randn(self.images, *self.image, generator=stream)
        images = images.contiguous(memory_format=torch.channels_last)
        labels = torch.randint(self.classes, (self.images,), generator=stream)

        def step(precision: Precision) -> float:
            began = time.process_time()  # of all threads; what else the machine does is not in it
            with precision.autocast():
                logits = network(images)
            cross_entropy(logits.float(), labels).backward()
            network.zero_grad()
            return time.process_time() - began

        tried = [choose_precision(name, torch.device("cpu")) for name in ("fp32", "bf16")]
        with torch.random.fork_rng(devices=[]):  # dropout
            return _shortest({one.name: partial(step, one) for one in tried})


def _shortest(steps: dict[str, Callable[[], float]]) -> dict[str, float]:
    for step in steps.values():
        step()  # kernels are chosen and compiled
    seconds = {name: step() for name, step in steps.items()}
    spent = sum(seconds.values())
    for _ in range(_ROUNDS - 1):
        if spent > _SECONDS:
            break
        for name, step in steps.items():
            took = step()
            spent += took
            seconds[name] = min(seconds[name], took)
    return seconds


def _cpu(field: str) -> str:
    """A line of Linux's description of the first core; empty where there is none."""
    try:
        lines = _CPU_INFO.read_text().splitlines()
    except OSError:
        return ""
    values = (line.partition(":") for line in lines)
    return next((value.strip() for name, _, value in values if name.strip() == field), "")
