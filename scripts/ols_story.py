"""Trains the run behind the story of /methods/ols and writes what the story shows of it.

    python -m scripts.ols_story          # 20 epochs on one CPU thread, two minutes

The lab's own preset `glyphs-clean`, seed 0, by the lab's own trainer: row S[O] of every epoch, the
last matrix, and of one epoch the softmax of all training images of the O as the loss saw it. Shares
are whole numbers of 1/10,000. backend/pages/methods/ols_story.json is the result; a test trains
the first epoch again and checks what must hold between these numbers.
"""

from __future__ import annotations

import argparse
import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from backend.pages.methods.story import DATA, PARTS
from ols.data.batches import Batch
from ols.data.dataset import Split
from ols.spec.run_spec import RunSpec
from ols.training.trainer import Trainer
from ols.training.updates import WHOLE, BatchShare
from ols.version import __version__

SPEC = {"preset": "glyphs-clean", "seed": 0}
LETTER = "O"
EPOCH = 8  # looked into: about half of the images are right
SHOWN = 24  # images of the letter that the story shows


class WatchedTrainer(Trainer):
    """A trainer that keeps what it predicted of each training sample in the running epoch."""

    def __init__(self, spec: RunSpec, **options: Any) -> None:
        super().__init__(spec, **options)
        self.softmax = torch.zeros(self.info.train_size, len(self.info.classes))

    def numbers_of(self, label: int) -> Tensor:
        """The training samples of a class."""
        return self._data.train.labels.eq(label).nonzero().flatten()

    def images(self, numbers: Tensor) -> NDArray[np.uint8]:
        """(n, 28, 28) of these training samples."""
        train = self._data.train
        assert isinstance(train, Split)  # rendered, not read from files
        images: NDArray[np.uint8] = train.images[numbers, 0].numpy()
        return images

    def _step(self, batch: Batch, share: BatchShare = WHOLE) -> tuple[Tensor, Tensor]:
        loss, logits = super()._step(batch, share)
        self.softmax[batch.indices] = logits.softmax(1)
        return loss, logits


def record(data_dir: Path, epochs: int | None = None) -> dict[str, Any]:
    """The story's data; `epochs` ends the run early, for a test of how it begins."""
    spec = RunSpec.parse(SPEC)
    trainer = WatchedTrainer(spec, data_dir=data_dir, device="cpu", threads=1)
    classes = trainer.info.classes
    letter = classes.index(LETTER)
    numbers = trainer.numbers_of(letter)
    matrices, softmaxes = [trainer.info.initial_soft_labels], []
    top1 = 0.0
    for report in trainer:
        matrices.append(report.matrices["soft_labels"])
        softmaxes.append(trainer.softmax[numbers].numpy().copy())
        top1 = report.metrics["val_top1"]
        if report.epoch == epochs:
            break
    looked_into = softmaxes[min(EPOCH, len(softmaxes)) - 1]
    example = typical(looked_into[:SHOWN], letter)
    return {
        "recorded_with": {"ols": __version__, "torch": torch.__version__.partition("+")[0]},
        "spec": SPEC,
        "classes": "".join(classes),
        "letter": letter,
        "epoch": EPOCH,
        "top1": round(top1, 4),
        "right": [int(np.sum(each.argmax(1) == letter)) for each in softmaxes],
        "rows": parts([matrix[letter] for matrix in matrices]),
        "matrix": parts(matrices[-1]),
        "softmax": parts(looked_into),
        "example": example,
        "example_softmax": parts([each[example] for each in softmaxes]),
        "images": base64.b64encode(trainer.images(numbers[:SHOWN]).tobytes()).decode(),
    }


def typical(softmax: NDArray[np.float32], letter: int) -> int:
    """Of the images that were taken for the letter, the one whose softmax is nearest their mean."""
    right = softmax.argmax(1) == letter
    mean = softmax[right].mean(0) if right.any() else softmax.mean(0)
    away = np.abs(softmax - mean).sum(1)
    return int(np.where(right, away, np.inf).argmin()) if right.any() else 0


def parts(rows: Sequence[NDArray[np.float32]] | NDArray[np.float32]) -> list[list[int]]:
    """Shares in whole parts of 10,000."""
    whole: list[list[int]] = np.rint(np.asarray(rows, np.float64) * PARTS).astype(int).tolist()
    return whole


def written(data: dict[str, Any]) -> str:
    """JSON with a row of numbers per line."""
    lines = []
    for name, value in data.items():
        if isinstance(value, list) and isinstance(value[0], list):
            rows = ",\n  ".join(json.dumps(row, separators=(",", ":")) for row in value)
            lines.append(f'"{name}": [\n  {rows}\n ]')
        else:
            lines.append(f'"{name}": {json.dumps(value)}')
    return "{\n " + ",\n ".join(lines) + "\n}\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, default=Path("data/datasets"))
    options = parser.parse_args()
    DATA.write_text(written(record(options.data_dir)))


if __name__ == "__main__":
    main()
