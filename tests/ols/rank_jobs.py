"""What tests/ols/distributed/test_ranks.py runs in two processes, and in its own to compare."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest import mock

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

from ols.data.batches import Normalise, share_of
from ols.distributed.ranks import Ranks, join_ranks
from ols.distributed.synced_batch_norm import sync_batch_norm
from ols.methods import build_criterion
from ols.methods.criterion import (
    Step,
    begin_epoch,
    compute_loss,
    end_epoch,
    trained_parameters,
)
from ols.methods.ols import OnlineLabelSmoothing
from ols.models import build_model
from ols.spec.catalogue import METHODS
from ols.spec.parts.noise import Noise
from ols.spec.run_spec import RunSpec
from ols.training import trainer
from ols.training.trainer import Trainer
from tests.ols.reference import CountCalls, batch
from tests.ols.remembered import METHODS as REMEMBERING
from tests.ols.remembered import expected, grey_dataset, train_and_resume
from tests.support.measured import without_times


class WithLoss(nn.Module):
    """A network with the criterion inside, as wrappers of whole models see it."""

    def __init__(self, period: int = 1) -> None:
        super().__init__()
        self.model = nn.Linear(12, 12)
        self.criterion = OnlineLabelSmoothing(12, period=period)

    def forward(self, inputs, targets):
        return self.criterion(self.model(inputs), targets)


def run_epoch(ranks: Ranks, trained: nn.Module, epoch: int) -> None:
    """Five steps, each rank on its half of the batches."""
    optimizer = torch.optim.SGD(trained.parameters(), lr=0.5)
    for step in range(5):
        inputs, targets = batch(40, 12, 10 * epoch + step)
        share = slice(ranks.rank * 40 // ranks.size, (ranks.rank + 1) * 40 // ranks.size)
        optimizer.zero_grad()
        trained(inputs.detach()[share], targets[share]).backward()
        optimizer.step()


def loss(ranks: Ranks) -> dict[str, torch.Tensor]:
    """Under DDP, which broadcasts the buffers of the first rank in every step."""
    result = {}
    for period in (1, 2):
        torch.manual_seed(0)
        module = WithLoss(period)
        trained = DistributedDataParallel(module) if ranks.size > 1 else module
        for epoch in range(4):
            run_epoch(ranks, trained, epoch)
            with CountCalls() as counter:
                module.criterion.end_epoch()
            collectives = [call for call in counter.calls if "c10d" in call]
            assert collectives == ["c10d::allreduce_"] * (ranks.size > 1)
            result[f"S {period} {epoch}"] = module.criterion.soft_labels.clone()
            result[f"sums {period} {epoch}"] = module.criterion.statistics.sums[:-1].clone()
    return result


def fsdp(ranks: Ranks) -> dict[str, torch.Tensor]:
    """Under FSDP2, which shards parameters and must leave the soft labels whole."""
    torch.manual_seed(0)
    module = WithLoss()
    if ranks.size > 1:
        fully_shard(module, mesh=init_device_mesh("cpu", (ranks.size,)))
    for epoch in range(3):
        run_epoch(ranks, module, epoch)
        module.criterion.end_epoch()
    run_epoch(ranks, module, 3)
    # What a checkpoint would hold in the middle of an epoch: this rank's sums.
    options = StateDictOptions(full_state_dict=True)
    state = get_model_state_dict(module, options=options)
    if ranks.first:
        assert state["model.weight"].shape == (12, 12)
        fresh = WithLoss()
        fresh.load_state_dict(state)
        assert torch.equal(fresh.criterion.soft_labels, module.criterion.soft_labels)
        assert torch.equal(fresh.criterion.statistics.sums, module.criterion.statistics.sums)
    sums = module.criterion.statistics.sums.clone()
    ranks.sum_(sums)
    return {"S": module.criterion.soft_labels, "sums": sums[:-1]}


def batch_norm(ranks: Ranks) -> dict[str, torch.Tensor]:
    """A batch of 7 images in two unequal parts."""
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(3).double()
    nn.init.uniform_(norm.weight)
    images = torch.randn(7, 3, 4, 4, dtype=torch.float64)
    weights = torch.rand(7, 3, 4, 4, dtype=torch.float64)
    share = slice(ranks.rank * 7 // ranks.size, (ranks.rank + 1) * 7 // ranks.size)
    if ranks.size > 1:
        sync_batch_norm(norm)
    mine = images[share].clone().requires_grad_()
    (norm(mine) * weights[share]).square().sum().backward()
    gradient = torch.zeros_like(images)
    gradient[share] = mine.grad
    ranks.sum_(gradient, norm.weight.grad, norm.bias.grad)
    return {
        "images": gradient,
        "weight": norm.weight.grad,
        "bias": norm.bias.grad,
        **{name: buffer.double() for name, buffer in norm.named_buffers()},
    }


def method_run(ranks: Ranks, method: dict, samples: int = 100) -> dict[str, torch.Tensor]:
    """Four epochs of a linear classifier by any method, as the trainer calls it; a last batch is
    of an odd size, so that the shares differ."""
    torch.manual_seed(0)
    inputs, labels = batch(samples, 12)
    inputs = inputs.detach().double()
    model = nn.Linear(12, 12).double()
    part = RunSpec.parse({"method": method}).method
    noise = Noise(kind="pair_flip", rate=0.2)
    criterion = build_criterion(part, 12, labels=labels, noise=noise, model=model)
    optimizer = torch.optim.SGD([*model.parameters(), *trained_parameters(criterion)], lr=0.5)
    distributed = DistributedDataParallel(model) if ranks.size > 1 else model
    generator = torch.Generator().manual_seed(0)
    for epoch in range(1, 5):
        begin_epoch(criterion, epoch, 4, model)
        order = torch.randperm(samples, generator=generator)
        for whole in order.split(33):
            own = whole[slice(*share_of(0, len(whole), ranks.rank, ranks.size))]
            optimizer.zero_grad()
            logits, step = distributed(inputs[own]), Step(own, inputs[own])
            loss = compute_loss(criterion, logits, labels[own], step)
            ranks.weigh(loss, len(own), len(whole)).backward()
            optimizer.step()
        end_epoch(criterion)
    state = {f"criterion {name}": value for name, value in criterion.state_dict().items()}
    return {**state, "weight": model.weight.detach()}


def methods(ranks: Ranks) -> dict[str, torch.Tensor]:
    """Every method, those with an estimated matrix too."""
    # OLS has a job of its own.
    alone = [entry.name for entry in METHODS if entry.part.needs.get("devices") == 1]
    every = [{"name": e.name} for e in METHODS if e.name not in ("ols", *alone)]
    for name in ("forward_correction", "backward_correction"):
        every.append({"name": name, "transition": "estimated"})
    result = {}
    for method in every:
        for name, value in method_run(ranks, method).items():
            result[f"{method} {name}"] = value
    return result


@contextmanager
def float64_networks():
    """In float32 the order of sums decides which of two equal pixels a max-pool takes, and two
    processes part from one after some steps, as two machines would."""
    normalise = Normalise.__call__

    def build(*arguments):
        return build_model(*arguments).double()

    with (
        mock.patch.object(trainer, "build_model", build),
        mock.patch.object(Normalise, "__call__", lambda *args: normalise(*args).double()),
    ):
        yield


@float64_networks()
def train(ranks: Ranks) -> dict[str, torch.Tensor]:
    """Whole runs on digits with all that is measured; the second one stops and resumes."""
    method = {"name": "ols", "period": 2}
    spec = RunSpec.parse(
        {
            "method": method,
            "dataset": "digits",
            "epochs": 4,
            "devices": ranks.size,
            "noise": {"kind": "symmetric", "rate": 0.2},
            "eval_on": "holdout",
            "augment": {"shift": 1, "erasing": 0.3},
            "optimizer": {"name": "sgd", "clip_norm": 1.0},
            "accumulate": 2,
            "ema": 0.9,
            "final": {"attacks": "fgsm_pgd", "pgd_steps": 3, "ensemble_epochs": [1, 4]},
        }
    )
    result = {}
    folder = [tempfile.mkdtemp()]
    if ranks.size > 1:
        dist.broadcast_object_list(folder)
    run = Trainer(spec, threads=1)
    whole = list(run)
    first = iter(Trainer(spec, threads=1, checkpoint_dir=folder[0]))
    next(first), next(first)  # the first epoch's checkpoint is written
    if ranks.size > 1:
        dist.barrier()
    resumed = Trainer(spec, threads=1, checkpoint_dir=folder[0])
    rest = list(resumed)
    if ranks.size > 1:
        dist.barrier()  # the first rank writes
    assert len(list(Path(folder[0]).glob("*.pt"))) == 2
    assert [report.epoch for report in rest] == [2, 3, 4]
    for name, trained in (("whole", run), ("rest", resumed)):
        watched = trained.sample_statistics()
        for field in ("margin", "confidence", "deviation", "learned", "forgotten", "softmax"):
            values = torch.from_numpy(getattr(watched, field).astype("f8"))
            result[f"{name} watched {field}"] = values
    for name, reports in (("whole", whole), ("rest", rest)):
        for report in reports:
            for kind, matrix in report.matrices.items():
                result[f"{name} {report.epoch} {kind}"] = torch.from_numpy(matrix.astype("f8"))
            confused = torch.from_numpy(report.confused.pairs.astype("f8"))
            result[f"{name} {report.epoch} confused"] = confused
            for metric, value in without_times(report.metrics).items():
                result[f"{name} {report.epoch} {metric}"] = torch.tensor(value)
    return result


def remembered(ranks: Ranks) -> dict[str, torch.Tensor]:
    """The row of one image in each method's memory less what must lie there."""
    folder = [tempfile.mkdtemp()]
    if ranks.size > 1:
        dist.broadcast_object_list(folder)
    result = {}
    for method in REMEMBERING:
        name = method["name"]
        # Two steps per epoch, the last one of an odd size: each layer waits for the other rank.
        run = partial(train_and_resume, method, Path(folder[0]) / name, grey_dataset, ranks)
        image = run(batch_size=512)
        row = expected(method, image.answers, image.given)
        result[name] = torch.from_numpy(image.row - row)
    return result


def all_jobs(rank: int, size: int, port: int, folder: Path) -> int:
    """In one of `size` processes, as torchrun starts them; the first one stores each job's result,
    a dict of tensors, as FOLDER/<job>."""
    numbers = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "MASTER_PORT": port}
    os.environ.update({name: str(number) for name, number in numbers.items()})
    os.environ["MASTER_ADDR"] = "127.0.0.1"
    torch.set_num_threads(1)
    ranks = join_ranks(size, torch.device("cpu"))
    for job in (loss, fsdp, batch_norm, methods, train, remembered):
        result = job(ranks)
        if ranks.first:
            torch.save(result, folder / job.__name__)
    return 0
