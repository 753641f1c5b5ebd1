"""Writes ols/spec/models/timm_networks.tsv: what the form says of each of timm's networks.

    python -m scripts.timm_networks

Ten minutes of one core, with timm installed: each network is built and run on the meta device,
which computes shapes alone. Run it when the version of timm in constraints.txt changes.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import timm
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from ols.spec.models.timm_networks import TABLE, TimmFacts

HEAD = "name\tparameters\tmacs\timage_size\n"


def measure(name: str) -> TimmFacts | None:
    """Of the network with its own number of classes and channels, `macs` None where PyTorch can't
    count them; None for a network that is no classifier of square images."""
    with torch.device("meta"):
        network: Any = timm.create_model(name).eval().requires_grad_(False)
    size = network.default_cfg["input_size"]
    if size[1] != size[2]:
        return None
    macs = None
    with contextlib.suppress(Exception):  # operations that the meta device or the counter lacks
        macs = count_macs(network, size)
    return TimmFacts(name, sum(each.numel() for each in network.parameters()), macs, size[1])


def count_macs(network: nn.Module, size: tuple[int, int, int]) -> int:
    """Multiplications and additions as one: convolutions, products of matrices, attention."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.empty(1, *size, device="meta"))
    return int(counter.get_total_flops()) // 2


def main() -> None:
    torch.set_num_threads(1)
    lines = [HEAD]
    for name in timm.list_models():
        try:
            row = measure(name)
        except Exception as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
            continue
        if row is not None:
            lines.append("\t".join("" if value is None else str(value) for value in row) + "\n")
    TABLE.write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main()
