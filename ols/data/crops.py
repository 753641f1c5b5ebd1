"""Random crops of padded images, a whole batch at once, while they are still bytes.

A crop is a window of the padded image, so a view of all windows costs nothing and picking copies
only what is picked. NumPy copies rows of such a view, PyTorch single bytes: three times slower on a
CPU (benchmarks/results/feeding.md).
"""

from __future__ import annotations

import torch.nn.functional as F
from numpy.lib.stride_tricks import sliding_window_view
from torch import Tensor, from_numpy, where


def pad_images(images: Tensor, reach: int) -> Tensor:
    """(N, C, H, W) -> (N, C, H + 2 * reach, W + 2 * reach), padded with 0, which is black."""
    return F.pad(images, (reach,) * 4)


def crop_images(padded: Tensor, reach: int, indices: Tensor, offsets: Tensor) -> Tensor:
    """Crops (B, C, H, W) of `padded` images, of the size they had before `pad_images`.

    `indices` (B,) into the images; `offsets` (B, 2), the crops' first row and column, in
    [0, 2 * reach]. All on one device.
    """
    pick = crop_by_numpy if padded.device.type == "cpu" else crop_by_torch
    return pick(padded, reach, indices, offsets)


def crop_by_numpy(padded: Tensor, reach: int, indices: Tensor, offsets: Tensor) -> Tensor:
    """`crop_images` on a CPU."""
    channels, height, width = padded.shape[1:]
    size = (channels, height - 2 * reach, width - 2 * reach)
    windows = sliding_window_view(padded.numpy(), size, axis=(1, 2, 3))  # (N, 1, Y, X, C, H, W)
    rows, columns = offsets.numpy().T
    return from_numpy(windows[indices.numpy(), 0, rows, columns])


def crop_by_torch(padded: Tensor, reach: int, indices: Tensor, offsets: Tensor) -> Tensor:
    """`crop_images` on any device."""
    height, width = padded.shape[2] - 2 * reach, padded.shape[3] - 2 * reach
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)  # (N, C, Y, X, H, W)
    return windows[indices, :, offsets[:, 0], offsets[:, 1]]


def mirror_images(images: Tensor, mirrored: Tensor) -> Tensor:
    """Left to right where `mirrored` (B,) is true; on a CPU in place."""
    if images.device.type == "cpu":
        array, flips = images.numpy(), mirrored.numpy()
        array[flips] = array[flips, :, :, ::-1]
        return images
    # A selection of unknown size would make the host wait for the device.
    return where(mirrored.view(-1, 1, 1, 1), images.flip(3), images)
