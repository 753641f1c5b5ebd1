"""Progress within an epoch: at most four times per second, with the time that is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from ols.training.epoch_report import Progress

INTERVAL = 0.25  # seconds


class ProgressMeter:
    """Measures epochs and tells `listener`, if there is one."""

    def __init__(self, listener: Callable[[Progress], None] | None, epochs: int) -> None:
        self._listener = listener
        self._epochs = epochs
        self._durations: list[float] = []
        self._told = -INTERVAL
        self._started = 0.0
        self._images = 0

    def start_epoch(self) -> None:
        self._started = time.monotonic()
        self._images = 0

    def training(self, epoch: int, step: int, steps: int, images: int) -> None:
        """`images` were trained on in this step, the `step`-th of the epoch (from 1)."""
        self._images += images
        now = time.monotonic()
        # The last step is always reported, so that a progress bar reaches its end.
        if self._listener and (now - self._told >= INTERVAL or step == steps):
            share = step / steps
            self._tell("training", epoch, step, steps, share, now)

    def validating(self, epoch: int, steps: int) -> None:
        if self._listener:
            self._tell("validating", epoch, steps, steps, 1.0, time.monotonic())

    def end_epoch(self, epoch: int) -> float:
        """Notes the epoch's duration; seconds until the run ends."""
        self._durations.append(time.monotonic() - self._started)
        return self._mean() * (self._epochs - epoch)

    def _tell(
        self,
        stage: Literal["training", "validating"],
        epoch: int,
        step: int,
        steps: int,
        share: float,
        now: float,
    ) -> None:
        assert self._listener is not None
        self._told = now
        elapsed = max(now - self._started, 1e-9)
        self._listener(
            Progress(
                stage=stage,
                epoch=epoch,
                epochs=self._epochs,
                step=step,
                steps=steps,
                images_per_second=self._images / elapsed,
                eta_seconds=self._eta(epoch, share, elapsed),
            )
        )

    def _eta(self, epoch: int, share: float, elapsed: float) -> float | None:
        """From whole epochs once there is one; before that from a good part of the first."""
        if self._durations:
            left = max(self._mean() - elapsed, 0.0)
            return left + self._mean() * (self._epochs - epoch)
        if share < 0.1:
            return None
        return elapsed / share * (self._epochs - epoch + 1 - share)

    def _mean(self) -> float:
        """Of the last five epochs, as machines change their speed. The first epoch does not count
        once there is another: memory, caches and worker processes make it slower."""
        recent = self._durations[1:][-5:] or self._durations
        return sum(recent) / len(recent)
