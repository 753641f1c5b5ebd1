"""Words for what a column can show: a field of the spec, or the last or best of a metric."""

from __future__ import annotations

from backend.store.conditions import is_field
from ols.spec.fields import fields_by_path

_METRICS = {
    "train_loss": "train loss",
    "train_top1": "train top-1",
    "train_clean_top1": "train top-1, true labels",
    "train_memorized": "memorised",
    "val_loss": "val loss",
    "val_top1": "val top-1",
    "val_top5": "val top-5",
    "val_ece": "val ECE",
    "val_nll": "val NLL",
    "test_top1": "test top-1",
    "test_loss": "test loss",
    "test_ece": "test ECE",
    "lr": "learning rate",
    "epoch_seconds": "seconds an epoch",
    "images_per_second": "images a second",
}


def title_of_target(target: str) -> str:
    """`val_top1.last` -> `Last val top-1`; `spec.method.alpha` -> `Method: Balance α`."""
    if is_field(target):
        field = fields_by_path().get(target.removeprefix("spec."))
        return field.title if field else target.removeprefix("spec.")
    name, _, which = target.rpartition(".")
    return f"{which.capitalize()} {_METRICS.get(name, name.replace('_', ' '))}"
