"""Writes ols/spec/models/network_macs.tsv: multiply-adds of the networks that the catalogue lists.

    python -m scripts.network_macs

A minute of one core. Counted as scripts/timm_networks.py does, for 3 channels: networks for
photographs at 224 x 224 with 1,000 classes, those for small images at 32 x 32 with 100, as their
parameters are.
"""

from __future__ import annotations

import torch

from ols.errors import SpecError
from ols.models import build_model
from ols.spec.catalogue import MODELS
from ols.spec.models.base import MACS_TABLE
from scripts.timm_networks import count_macs

SMALL = ("cifar_", "official_")


def measure(name: str) -> tuple[int, int]:
    """Multiply-adds of an image, and its side in pixels."""
    side, classes = (32, 100) if name.startswith(SMALL) else (224, 1000)
    part = next(entry.part for entry in MODELS if entry.name == name)
    try:
        with torch.device("meta"):
            network = build_model(part(name=name), 3, classes, side)
    except SpecError:  # some compute their widths with tensors
        network = build_model(part(name=name), 3, classes, side).to("meta")
    return count_macs(network.eval().requires_grad_(False), (3, side, side)), side


def main() -> None:
    torch.set_num_threads(1)
    lines = ["name\tmacs\timage_size\n"]
    for entry in MODELS:
        if "size" in entry.facts:  # others follow from their fields
            macs, side = measure(entry.name)
            lines.append(f"{entry.name}\t{macs}\t{side}\n")
    MACS_TABLE.write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main()
