"""A LightningModule in the lab: its logger, and the soft labels from a hook.

OLS_URL=http://127.0.0.1:8000 python docs/examples/lab_lightning.py --epochs 5
"""

from __future__ import annotations

import argparse
import logging
import warnings

import digits
import lightning as L
from lightning_module import Classifier
from torch.utils.data import DataLoader

from ols.client.lightning import OLSLabLogger


class LogSoftLabels(L.Callback):
    """Runs after the module's own hook, which ends the criterion's epoch."""

    def on_train_epoch_end(self, trainer: L.Trainer, module: Classifier) -> None:
        run = trainer.logger.experiment
        run.log_matrix("soft_labels", module.criterion.soft_labels, epoch=trainer.current_epoch)
        top1 = float(trainer.callback_metrics["val_top1"])
        print(f"epoch {trainer.current_epoch}: val top-1 {top1:.1%}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")
    L.seed_everything(0, verbose=False)
    train, test = digits.load()
    names = [str(digit) for digit in range(digits.CLASSES)]
    trainer = L.Trainer(
        max_epochs=options.epochs,
        accelerator="auto",
        devices=1,
        logger=OLSLabLogger("lightning", classes=names, method="ols", epochs=options.epochs),
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        callbacks=[LogSoftLabels()],
    )
    trainer.fit(Classifier(), DataLoader(train, batch_size=64, shuffle=True), DataLoader(test, 500))


if __name__ == "__main__":
    main()
