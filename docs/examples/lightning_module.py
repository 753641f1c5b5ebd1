"""A LightningModule. The criterion is a submodule, so Lightning moves, saves and loads it.

    python docs/examples/lightning_module.py --epochs 5 --folder checkpoints

Called again with more epochs it resumes from the folder's last checkpoint.
"""

from __future__ import annotations

import argparse
import logging
import warnings
from pathlib import Path

import digits
import lightning as L
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ols import OnlineLabelSmoothing

Batch = tuple[Tensor, Tensor]


class Classifier(L.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.model = digits.network()
        self.criterion = OnlineLabelSmoothing(digits.CLASSES)

    def training_step(self, batch: Batch, index: int) -> Tensor:
        images, labels = batch
        return self.criterion(self.model(images), labels)

    def on_train_epoch_end(self) -> None:
        # Runs before ModelCheckpoint's own hook, so a checkpoint holds the new soft labels.
        self.criterion.end_epoch()

    def validation_step(self, batch: Batch, index: int) -> None:
        # The sanity check before training comes here too; it leaves the statistics alone.
        images, labels = batch
        logits = self.model(images)
        self.log("val_loss", nn.functional.cross_entropy(logits, labels))
        self.log("val_top1", logits.argmax(1).eq(labels).float().mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1, momentum=0.9, nesterov=True)


class PrintEpoch(L.Callback):
    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        top1 = float(trainer.callback_metrics["val_top1"])
        print(f"epoch {trainer.current_epoch}: val top-1 {top1:.1%}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path("checkpoints"))
    options = parser.parse_args()
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")
    L.seed_everything(0, verbose=False)
    train, test = digits.load()
    last = options.folder / "last.ckpt"
    trainer = L.Trainer(
        max_epochs=options.epochs,
        accelerator="auto",
        devices=1,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        # Without this Lightning saves when validation ends, before the epoch is closed.
        callbacks=[
            PrintEpoch(),
            ModelCheckpoint(options.folder, save_last=True, save_on_train_epoch_end=True),
        ],
    )
    trainer.fit(
        Classifier(),
        DataLoader(train, batch_size=64, shuffle=True),
        DataLoader(test, batch_size=500),
        ckpt_path=last if last.exists() else None,
        weights_only=True,
    )


if __name__ == "__main__":
    main()
