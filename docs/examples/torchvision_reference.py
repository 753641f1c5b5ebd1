"""The shape of torchvision's reference script (references/classification/train.py), with OLS.

    python docs/examples/torchvision_reference.py --epochs 5 --mixup-alpha 0.2 --cutmix-alpha 1.0

In their script three places change:

    criterion = nn.CrossEntropyLoss(label_smoothing=...)   ->   OnlineLabelSmoothing(num_classes)
    after train_one_epoch(...)                             ->   criterion.end_epoch()
    checkpoint = {"model": ..., "optimizer": ..., ...}     ->   and "criterion", saved and loaded

Their Mixup and CutMix mix labels into (B, K) targets, which the loss takes as they are. The
validation keeps cross-entropy: a loss whose targets move can't be compared between epochs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import digits
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, default_collate
from torchvision.transforms import v2

from ols import OnlineLabelSmoothing


def train_one_epoch(
    model: nn.Module,
    criterion: OnlineLabelSmoothing,
    optimizer: torch.optim.Optimizer,
    loader: DataLoader,
    scheduler: torch.optim.lr_scheduler.LRScheduler,
    clip_grad_norm: float | None,
) -> float:
    """The epoch's mean training loss."""
    model.train()
    total = 0.0
    for image, target in loader:
        loss = criterion(model(image), target)
        optimizer.zero_grad()
        loss.backward()
        if clip_grad_norm is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip_grad_norm)
        optimizer.step()
        scheduler.step()
        total += loss.item()
    criterion.end_epoch()
    return total / len(loader)


@torch.inference_mode()
def evaluate(model: nn.Module, criterion: nn.Module, loader: DataLoader) -> tuple[float, float]:
    """Mean loss and top-1."""
    model.eval()
    loss = hits = count = 0.0
    for image, target in loader:
        output = model(image)
        loss += criterion(output, target).item() * len(target)
        hits += output.argmax(1).eq(target).sum().item()
        count += len(target)
    return loss / count, hits / count


def mixing_collate(mixup_alpha: float, cutmix_alpha: float):
    """Mixup or CutMix, drawn for each batch; plain batches where both are off."""
    mixes = [
        mix(alpha=alpha, num_classes=digits.CLASSES)
        for mix, alpha in ((v2.MixUp, mixup_alpha), (v2.CutMix, cutmix_alpha))
        if alpha > 0
    ]
    if not mixes:
        return default_collate
    choice = v2.RandomChoice(mixes)

    def collate(samples: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
        return choice(*default_collate(samples))

    return collate


def main(args: argparse.Namespace) -> None:
    torch.manual_seed(0)
    train, test = digits.load()
    collate = mixing_collate(args.mixup_alpha, args.cutmix_alpha)
    data_loader = DataLoader(train, args.batch_size, shuffle=True, collate_fn=collate)
    data_loader_test = DataLoader(test, 500)
    model = digits.network()
    criterion = OnlineLabelSmoothing(digits.CLASSES, alpha=args.ols_alpha)
    optimizer = torch.optim.SGD(
        model.parameters(), args.lr, momentum=0.9, weight_decay=args.weight_decay, nesterov=True
    )
    steps = args.epochs * len(data_loader)
    lr_scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    parts = {
        "model": model,
        "criterion": criterion,
        "optimizer": optimizer,
        "lr_scheduler": lr_scheduler,
    }
    start_epoch = 0
    if args.resume:
        checkpoint = torch.load(args.resume, weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(checkpoint[name])
        start_epoch = checkpoint["epoch"] + 1
    for epoch in range(start_epoch, args.epochs):
        loss = train_one_epoch(
            model, criterion, optimizer, data_loader, lr_scheduler, args.clip_grad_norm
        )
        test_loss, top1 = evaluate(model, nn.CrossEntropyLoss(), data_loader_test)
        print(f"epoch {epoch}: loss {loss:.3f}, test loss {test_loss:.3f}, test top-1 {top1:.1%}")
        if args.output_dir:
            args.output_dir.mkdir(parents=True, exist_ok=True)
            checkpoint = {name: part.state_dict() for name, part in parts.items()}
            torch.save({**checkpoint, "epoch": epoch}, args.output_dir / f"model_{epoch}.pth")


def get_args_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--weight-decay", type=float, default=5e-4)
    parser.add_argument("--ols-alpha", type=float, default=0.5)
    parser.add_argument("--mixup-alpha", type=float, default=0.0)
    parser.add_argument("--cutmix-alpha", type=float, default=0.0)
    parser.add_argument("--clip-grad-norm", type=float)
    parser.add_argument("--output-dir", type=Path)
    parser.add_argument("--resume", type=Path)
    return parser


if __name__ == "__main__":
    main(get_args_parser().parse_args())
