"""A bare PyTorch loop. What online label smoothing changes is marked with (1), (2) and (3).

    python docs/examples/pytorch_loop.py --epochs 5 --checkpoint run.pt

Called again with more epochs it resumes from the checkpoint.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import digits
import torch
from torch.utils.data import DataLoader

from ols import OnlineLabelSmoothing


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--checkpoint", type=Path)
    options = parser.parse_args()
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"

    train, test = digits.load()
    model = digits.network().to(device)
    criterion = OnlineLabelSmoothing(digits.CLASSES).to(device)  # (1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    # Everything that has a state is saved and loaded alike: the soft labels too (2).
    parts = {"model": model, "criterion": criterion, "optimizer": optimizer}
    done = 0
    if options.checkpoint and options.checkpoint.exists():
        state = torch.load(options.checkpoint, map_location=device, weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(state[name])
        done = state["epoch"]

    for epoch in range(done + 1, options.epochs + 1):
        model.train()
        for images, labels in DataLoader(train, batch_size=64, shuffle=True):
            # Mixed precision needs nothing special: the loss computes in float32 by itself.
            with torch.autocast(device, dtype=torch.bfloat16):
                logits = model(images.to(device))
                loss = criterion(logits, labels.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        criterion.end_epoch()  # (3) what was learned in this epoch supervises the next
        print(f"epoch {epoch}: test top-1 {accuracy(model, test, device):.1%}")
        if options.checkpoint:
            state = {name: part.state_dict() for name, part in parts.items()}
            torch.save({**state, "epoch": epoch}, options.checkpoint)


@torch.inference_mode()
def accuracy(model: torch.nn.Module, test: torch.utils.data.Dataset, device: str) -> float:
    model.eval()
    hits = count = 0
    for images, labels in DataLoader(test, batch_size=500):
        hits += int(model(images.to(device)).argmax(1).cpu().eq(labels).sum())
        count += len(labels)
    return hits / count


if __name__ == "__main__":
    main()
