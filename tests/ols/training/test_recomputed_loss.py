"""What a run says of its best epoch, computed anew from that epoch's checkpoint with plain PyTorch:
the validation loss is cross-entropy whatever the method trains with, so methods can be compared.
"""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from ols.data.loading import load_dataset
from ols.models import build_model
from ols.spec.catalogue import METHODS
from ols.training.checkpoint import checkpoint_path
from ols.training.trainer import Trainer

SMOOTHED = [{"name": "hard"}, {"name": "label_smoothing", "epsilon": 0.3}, {"name": "ols"}]
PLAIN = ("hard", "label_smoothing", "ols")
OTHERS = [{"name": entry.name} for entry in METHODS if entry.name not in PLAIN]


def validation_loss(spec, data_dir, path):
    """Without the trainer: normalised images, the checkpoint's weights, PyTorch's cross-entropy."""
    data = load_dataset(spec.dataset, data_dir)
    network = build_model(spec.model, data.channels, len(data.classes), data.train.size).eval()
    network.load_state_dict(torch.load(path, weights_only=True)["model"])
    pixels = data.test.images.double() / 255
    mean, std = (
        torch.tensor(x, dtype=torch.float64).view(1, -1, 1, 1) for x in (data.mean, data.std)
    )
    with torch.no_grad():
        logits = network(((pixels - mean) / std).float())
    return F.cross_entropy(logits.double(), data.test.labels).item()


@pytest.mark.parametrize("method", SMOOTHED, ids=lambda method: method["name"])
def test_the_best_checkpoint_gives_the_recorded_loss(spec, data_dir, tmp_path, method):
    run = spec(method=method, epochs=4, augment={"shift": 1})
    trainer = Trainer(run, data_dir=data_dir, checkpoint_dir=tmp_path)
    losses = {report.epoch: report.metrics["val_loss"] for report in trainer}
    best = trainer._validation.best["epoch"]
    loss = validation_loss(run, data_dir, checkpoint_path(tmp_path, best))
    assert abs(loss - losses[best]) < 1e-5


@pytest.mark.parametrize("method", OTHERS, ids=lambda method: method["name"])
def test_so_does_every_other_method_after_an_epoch(spec, data_dir, tmp_path, method):
    run = spec(method=method, epochs=1, optimizer={"name": "sgd", "lr": 0.01}, model={"width": 4})
    (report,) = Trainer(run, data_dir=data_dir, checkpoint_dir=tmp_path)
    loss = validation_loss(run, data_dir, checkpoint_path(tmp_path, 1))
    assert abs(loss - report.metrics["val_loss"]) < 1e-5 * max(1, loss)


def test_a_smoothed_loss_would_not_pass(spec, data_dir, tmp_path):
    """With epsilon 0.3 the training loss lies far from what is validated."""
    run = spec(method=SMOOTHED[1], epochs=3, batch_size=128)
    *_, last = Trainer(run, data_dir=data_dir)
    assert last.metrics["train_loss"] > last.metrics["val_loss"] + 0.5
