"""PyTorch's MNIST example in the lab, on digits: what logging adds is marked with (1) to (4).

OLS_URL=http://127.0.0.1:8000 python docs/examples/lab_mnist.py --epochs 10
"""

from __future__ import annotations

import argparse

import digits
import torch
from torch.utils.data import DataLoader

from ols import OnlineLabelSmoothing
from ols.client import Lab  # (1)


def train(model, criterion, loader, optimizer) -> float:
    """The epoch's mean loss."""
    model.train()
    total = 0.0
    for data, target in loader:
        optimizer.zero_grad()
        loss = criterion(model(data), target)
        loss.backward()
        optimizer.step()
        total += loss.item()
    criterion.end_epoch()
    return total / len(loader)


@torch.inference_mode()
def test(model, loader) -> float:
    """Top-1."""
    model.eval()
    hits = sum(int(model(data).argmax(1).eq(target).sum()) for data, target in loader)
    return hits / len(loader.dataset)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--lr", type=float, default=0.1)
    args = parser.parse_args()
    torch.manual_seed(0)
    train_set, test_set = digits.load()
    loader, test_loader = DataLoader(train_set, 64, shuffle=True), DataLoader(test_set, 500)
    model, criterion = digits.network(), OnlineLabelSmoothing(digits.CLASSES)
    optimizer = torch.optim.SGD(model.parameters(), args.lr, momentum=0.9, nesterov=True)
    names = [str(digit) for digit in range(digits.CLASSES)]
    with Lab().run("mnist example", config=args, classes=names, method="ols") as run:  # (2)
        for epoch in range(1, args.epochs + 1):
            loss = train(model, criterion, loader, optimizer)
            top1 = test(model, test_loader)
            run.log(epoch=epoch, train_loss=loss, val_top1=top1)  # (3)
            run.log_matrix("soft_labels", criterion.soft_labels, epoch=epoch)  # (4)
            print(f"epoch {epoch}: test top-1 {top1:.1%}")
            if run.cancel_requested:  # somebody pressed Cancel on the run's page
                break


if __name__ == "__main__":
    main()
