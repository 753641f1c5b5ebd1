"""What watching every sample costs a run, as a share of an epoch.

    python -m benchmarks.bench_audit [EPOCHS]

One thread, CPU seconds. The recorder's calls (steps, folding) and what its state adds to writing
a checkpoint are timed within the epochs of one run, which is steadier than the difference between
two runs: on a busy machine equal epochs differ by a tenth.
"""

from __future__ import annotations

import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import torch

from ols.spec.run_spec import RunSpec
from ols.training.audit_recorder import AuditRecorder
from ols.training.trainer import Trainer

RUNS: dict[str, dict[str, Any]] = {
    "digits, K = 10, N = 1,438": {"dataset": "digits"},
    "glyphs, K = 62, N = 9,300": {"dataset": "glyphs"},
}


class Timed:
    """The recorder, and the CPU seconds that its calls took."""

    def __init__(self, recorder: AuditRecorder) -> None:
        self._recorder = recorder
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._recorder, name)

        def timed(*arguments: Any) -> Any:
            start = time.process_time()
            result = method(*arguments)
            self.seconds += time.process_time() - start
            return result

        return timed


def writing(state: dict[str, Any]) -> float:
    """CPU seconds, the least of three."""
    times = []
    for _ in range(3):
        start = time.process_time()
        torch.save(state, io.BytesIO())
        times.append(time.process_time() - start)
    return min(times)


def shares(spec: dict[str, Any], epochs: int, data_dir: str) -> tuple[list[float], float]:
    """Of each epoch but the first the recorder's share of its CPU seconds; the epoch's median."""
    run = {"method": "ols", "epochs": epochs + 1, **spec}
    trainer = Trainer(RunSpec.parse(run), data_dir=data_dir, threads=1)
    recorder: Any = Timed(trainer._audit)
    trainer._audit = recorder
    parts, times = [], []
    start = time.process_time()
    for report in trainer:
        whole = time.process_time() - start
        # A checkpoint is written anyway: what it takes longer.
        recorder.seconds += writing(recorder.state()) - writing({})
        if report.epoch > 1:
            times.append(whole)
            parts.append(recorder.seconds / times[-1])
        recorder.seconds, start = 0.0, time.process_time()
    return parts, statistics.median(times)


def main(epochs: int = 10) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, spec in RUNS.items():
            parts, epoch = shares(spec, epochs, folder)
            median, most = 100 * statistics.median(parts), 100 * max(parts)
            print(f"{name}: {median:.2f}% of an epoch of {epoch:.2f} s (most {most:.2f}%)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
