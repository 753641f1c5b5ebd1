"""The shape of timm's train.py: its Mixup, optimiser and schedule factories, its meters.

    python docs/examples/timm_loop.py --epochs 5 --mixup 0.2 --log-lab

timm keeps two losses, one to train and one to validate; the first one becomes OLS, and
`train_loss_fn.end_epoch()` closes each epoch. Its Mixup gives (B, K) targets; leave its own
`label_smoothing` at 0, because smoothing is what OLS learns.
"""

from __future__ import annotations

import argparse
from contextlib import nullcontext

import digits
import timm
import torch
from timm.data import Mixup
from timm.optim import create_optimizer_v2
from timm.scheduler import CosineLRScheduler
from timm.utils import AverageMeter, accuracy
from torch import nn
from torch.utils.data import DataLoader

from ols import OnlineLabelSmoothing
from ols.client import Lab


def train_one_epoch(epoch, model, loader, optimizer, loss_fn, lr_scheduler, mixup_fn) -> float:
    """The epoch's mean training loss."""
    losses = AverageMeter()
    model.train()
    for step, (images, target) in enumerate(loader):
        if mixup_fn is not None:
            images, target = mixup_fn(images, target)
        loss = loss_fn(model(images), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.update(loss.item(), len(images))
        lr_scheduler.step_update(epoch * len(loader) + step)
    loss_fn.end_epoch()
    return losses.avg


@torch.inference_mode()
def validate(model, loader, loss_fn) -> tuple[float, float]:
    """Mean loss, and top-1 in percent."""
    losses, top1 = AverageMeter(), AverageMeter()
    model.eval()
    for images, target in loader:
        output = model(images)
        losses.update(loss_fn(output, target).item(), len(images))
        top1.update(accuracy(output, target)[0].item(), len(images))
    return losses.avg, top1.avg


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--model", default="resnet10t")
    parser.add_argument("--mixup", type=float, default=0.0)
    parser.add_argument("--log-lab", action="store_true", help="log to the lab at OLS_URL")
    args = parser.parse_args()
    torch.manual_seed(0)
    train, test = digits.load()
    # Batches of equal length: timm's Mixup wants an even number of images.
    loader = DataLoader(train, batch_size=64, shuffle=True, drop_last=True)
    model = timm.create_model(args.model, in_chans=1, num_classes=digits.CLASSES)
    optimizer = create_optimizer_v2(model, opt="adamw", lr=2e-3, weight_decay=0.02)
    lr_scheduler = CosineLRScheduler(
        optimizer, t_initial=args.epochs * len(loader), warmup_t=20, t_in_epochs=False
    )
    mixup_fn = None
    if args.mixup > 0:
        mixup_fn = Mixup(mixup_alpha=args.mixup, label_smoothing=0.0, num_classes=digits.CLASSES)
    train_loss_fn = OnlineLabelSmoothing(digits.CLASSES)
    validate_loss_fn = nn.CrossEntropyLoss()
    with Lab().run("timm", config=args) if args.log_lab else nullcontext() as run:
        for epoch in range(args.epochs):
            loss = train_one_epoch(
                epoch, model, loader, optimizer, train_loss_fn, lr_scheduler, mixup_fn
            )
            val_loss, top1 = validate(model, DataLoader(test, 500), validate_loss_fn)
            print(f"epoch {epoch}: loss {loss:.3f}, val loss {val_loss:.3f}, val top-1 {top1:.1f}%")
            if run is not None:
                run.log(epoch=epoch, train_loss=loss, val_loss=val_loss, val_top1=top1 / 100)
                run.log_matrix("soft_labels", train_loss_fn.soft_labels, epoch=epoch)


if __name__ == "__main__":
    main()
