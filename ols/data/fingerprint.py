"""A short name for a dataset's contents: two runs with the same one had the same data."""

from __future__ import annotations

import hashlib
from pathlib import PurePath

from ols.data.dataset import AnySplit, Dataset, FileSplit


def fingerprint(data: Dataset) -> str:
    """Sixteen hexadecimal digits, of both parts before any noise.

    They change with any class name or label, and with any pixel of images that are held in memory.
    Of image files the names below their class's folder count, not the contents: to read ImageNet
    once more would take minutes.
    """
    digest = hashlib.blake2b(digest_size=8)
    digest.update("\0".join(data.classes).encode(errors="surrogateescape"))
    for split in (data.train, data.test):
        digest.update(f"{len(split)}".encode())
        digest.update(split.labels.cpu().numpy().tobytes())
        _update(digest, split)
    return digest.hexdigest()


def _update(digest: hashlib.blake2b, split: AnySplit) -> None:
    if isinstance(split, FileSplit):
        for path in split.paths:
            digest.update("/".join(PurePath(path).parts[-2:]).encode(errors="surrogateescape"))
        return
    images = split.images.cpu().contiguous()
    digest.update(f"{tuple(images.shape)}".encode())
    digest.update(images.numpy().data)
