"""Batches from image files, read and cropped by torch.utils.data.DataLoader's worker processes.

A worker gets a whole batch as one request and answers with uint8 images. What it draws depends on
the epoch's seed and the sample's index alone, so the number of workers changes no pixel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ols.data.batches import Batch, Normalise, batch_bounds, evaluation_shares, share_of
from ols.data.dataset import FileSplit
from ols.data.image_reading import read_image
from ols.data.image_transforms import evaluation_transform, training_transform
from ols.data.mixing import Mixer, cut_out, mix_images, mixer
from ols.data.policies import eraser
from ols.errors import DatasetUnavailable
from ols.random_streams import sample_seed
from ols.spec.parts.training_data import Augment

# Of an evaluation batch: 1,024 images of 64 x 64 pixels, 83 of 224 x 224.
EVALUATION_PIXELS = 2**22

Request = tuple[int, list[int]]  # the epoch's seed and the samples' indices


class FileBatches:
    """As TrainingBatches, from files: iterating gives one epoch in a new order.

    Raises DatasetUnavailable for a file that is no image.
    """

    def __init__(
        self,
        split: FileSplit,
        batch_size: int,
        augment: Augment,
        normalise: Normalise,
        generator: torch.Generator,
        rank: int = 0,
        ranks: int = 1,
    ) -> None:
        self._split = split
        self._augment = augment
        self._normalise = normalise
        self._generator = generator
        self._bounds = batch_bounds(len(split), batch_size, max(2, ranks))
        self._shares = [share_of(start, end, rank, ranks) for start, end in self._bounds]
        self._requests: list[Request] = []  # of this epoch; the loader's workers outlive it
        self._loader = _loader(
            split, training_transform(split, augment), self._requests, persistent=True
        )

    def __len__(self) -> int:
        return len(self._bounds)

    @property
    def sizes(self) -> list[int]:
        """Of an epoch's batches, over all processes."""
        return [end - start for start, end in self._bounds]

    def __iter__(self) -> Iterator[Batch]:
        labels = self._split.labels
        order = torch.randperm(len(labels), generator=self._generator)
        seed = int(torch.randint(2**62, (), generator=self._generator))
        self._requests[:] = [(seed, order[start:end].tolist()) for start, end in self._shares]
        mixes = mixer(self._augment, self._generator)
        erase = eraser(self._augment, self._generator)
        order = order.to(labels.device)
        read = _read(self._loader, labels.device)
        for images, bounds, share in zip(read, self._bounds, self._shares, strict=True):
            indices = order[slice(*share)]
            size = bounds[1] - bounds[0]
            own = labels.index_select(0, indices)
            images = self._normalise(images)
            if erase is not None:
                images = erase(images, indices)
            batch = Batch(images, own, indices, size)
            yield batch if mixes is None else _mixed(batch, mixes, self._augment.cutout)


def _mixed(batch: Batch, mixes: Mixer, cutout: int) -> Batch:
    """Cut out and mixed within this process's share: no other has read the other images."""
    centres, mix = mixes.centres(len(batch.labels)), mixes.mix(len(batch.labels))
    images = batch.images if centres is None else cut_out(batch.images, centres, cutout)
    if mix is None:
        return replace(batch, images=images)
    partners = mix.partners.to(images.device)
    images, share = mix_images(images, images[partners], mix)
    return replace(batch, images=images, share=share, others=batch.labels[partners])


def file_batch_size(split: FileSplit, batch_size: int) -> int:
    """Of an evaluation batch: fewer than `batch_size` where images are large."""
    return max(1, min(batch_size, EVALUATION_PIXELS // split.size**2))


def file_evaluation_batches(
    split: FileSplit, batch_size: int, normalise: Normalise, rank: int = 0, ranks: int = 1
) -> Iterator[tuple[Tensor, Tensor]]:
    """As `evaluation_batches`, from files; batches of large images are smaller."""
    shares = evaluation_shares(len(split), file_batch_size(split, batch_size), rank, ranks)
    requests = [(0, list(range(*share))) for share in shares]
    loader = _loader(split, evaluation_transform(split), requests, persistent=False)
    for images, share in zip(_read(loader, split.labels.device), shares, strict=True):
        yield normalise(images), split.labels[slice(*share)]


class _ImageFiles(Dataset[Tensor | str]):
    """Reads a request's images, (B, 3, size, size), or says in words why it can't.

    DataLoader would bury the text of an error that is raised in a worker in a traceback.
    """

    def __init__(self, paths: Sequence[str], transform: Any) -> None:
        self._paths = paths
        self._transform = transform

    def __getitem__(self, request: Request) -> Tensor | str:
        seed, indices = request
        try:
            return torch.stack([self._image(seed, index) for index in indices])
        except DatasetUnavailable as error:
            return str(error)

    def _image(self, seed: int, index: int) -> Tensor:
        image = read_image(self._paths[index])
        # torchvision draws from PyTorch's global generator.
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(sample_seed(seed, index))
            return self._transform(image)


def _loader(
    split: FileSplit, transform: Any, requests: list[Request], persistent: bool
) -> DataLoader[Any]:
    """Gives the answers to `requests` in order."""
    return DataLoader(
        _ImageFiles(split.paths, transform),
        batch_size=None,  # a request is a batch already
        sampler=requests,
        num_workers=split.workers,
        persistent_workers=persistent and split.workers > 0,
        pin_memory=split.labels.device.type == "cuda",
        generator=torch.Generator(),  # else each epoch would draw from the global one
    )


def _read(loader: DataLoader[Any], device: torch.device) -> Iterator[Tensor]:
    """Images uint8 (B, 3, size, size) on `device`."""
    for answer in loader:
        if isinstance(answer, str):
            raise DatasetUnavailable(answer)
        yield answer.to(device, non_blocking=True)
