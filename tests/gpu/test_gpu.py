"""On one GPU: every precision learns, a run resumes, the loss is the CPU's, a step waits for
nothing, memory comes back after each run. Without one the first two are tried on the CPU, so that
these tests themselves are known to work."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import tempfile
import unittest
from pathlib import Path
from typing import Any

import torch

from ols.methods import build_criterion
from ols.methods.criterion import Step, begin_epoch, compute_loss, end_epoch
from ols.spec.run_spec import RunSpec
from ols.training.epoch_report import Progress
from ols.training.trainer import Trainer
from tests.gpu.pictures import folder_of_pictures

ON_GPU = torch.cuda.is_available()
DEVICE = "cuda" if ON_GPU else "cpu"
PRECISIONS = ("fp32", "bf16", "fp16") if ON_GPU else ("fp32", "bf16")
WORKERS = 4 if ON_GPU else 0
needs_gpu = unittest.skipUnless(ON_GPU, "no GPU")
SLACK = 64 * 2**20  # bytes of the device's memory that its driver may keep


def spec(folder: Path, **given: Any) -> RunSpec:
    dataset = {"name": "image_folder", "folder": folder.name, "size": 32, "workers": WORKERS}
    model = given.pop("model", "cifar_resnet18" if ON_GPU else "small_cnn")
    return RunSpec.parse(
        {"method": "ols", "dataset": dataset, "model": model, "epochs": 3, "batch_size": 24}
        | {"optimizer": {"lr": 0.02}}
        | given
    )


def train(folder: str, killed: bool) -> None:
    """A run as a worker starts it: in a process of its own. May kill itself in the second epoch."""

    def watch(progress: Progress) -> None:
        if killed and progress.epoch == 2 and progress.stage == "training":
            os.kill(os.getpid(), signal.SIGKILL)

    for _ in Trainer(
        spec(Path(folder)), data_dir=Path(folder).parent, device=DEVICE, on_progress=watch
    ):
        pass


class OnAGpu(unittest.TestCase):
    folder: Path

    @classmethod
    def setUpClass(cls) -> None:
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        cls.folder = folder_of_pictures(Path(holder.name) / "pictures")

    def run_of(self, **given: Any) -> list[dict[str, float]]:
        options = {key: given.pop(key) for key in ("device", "checkpoint_dir") if key in given}
        trainer = Trainer(
            spec(self.folder, **given), data_dir=self.folder.parent, **{"device": DEVICE} | options
        )
        return [dict(report.metrics) for report in trainer]

    def test_every_precision_learns(self) -> None:
        for precision in PRECISIONS:
            with self.subTest(precision=precision):
                last = self.run_of(precision=precision)[-1]
                assert last["val_top1"] > 0.9
                assert math.isfinite(last["val_loss"])

    @needs_gpu
    def test_tf32_learns(self) -> None:
        before = torch.get_float32_matmul_precision()
        self.addCleanup(torch.set_float32_matmul_precision, before)
        torch.set_float32_matmul_precision("high")
        assert self.run_of(precision="fp32")[-1]["val_top1"] > 0.9

    @needs_gpu
    def test_it_learns_what_a_cpu_learns(self) -> None:
        ours = self.run_of(precision="fp32", model="small_cnn")[-1]
        theirs = self.run_of(precision="fp32", model="small_cnn", device="cpu")[-1]
        assert abs(ours["val_loss"] - theirs["val_loss"]) < 0.05
        assert abs(ours["val_top1"] - theirs["val_top1"]) < 0.03

    def test_a_run_resumes(self) -> None:
        with tempfile.TemporaryDirectory() as checkpoints:
            trainer = Trainer(
                spec(self.folder, precision="bf16"),
                data_dir=self.folder.parent, checkpoint_dir=checkpoints, device=DEVICE,
            )  # fmt: skip
            reports = iter(trainer)
            next(reports), next(reports)  # the first epoch's checkpoint is written
            reports.close()  # type: ignore[attr-defined]
            rest = self.run_of(precision="bf16", checkpoint_dir=checkpoints)
        whole = self.run_of(precision="bf16")
        assert len(rest) >= 1
        assert abs(rest[-1]["val_top1"] - whole[-1]["val_top1"]) < 0.03

    @needs_gpu
    def test_the_soft_labels_are_those_of_a_cpu(self) -> None:
        generator = torch.Generator().manual_seed(0)
        logits = torch.randn(4, 256, 100, generator=generator) * 3
        targets = torch.randint(100, (4, 256), generator=generator)
        learned = []
        for device in ("cpu", DEVICE):
            criterion = build_criterion(RunSpec.parse({"method": "ols"}).method, 100).to(device)
            model = torch.nn.Identity()
            for epoch in (1, 2):
                begin_epoch(criterion, epoch, 2, model)
                for each, given in zip(logits.to(device), targets.to(device), strict=True):
                    indices = torch.arange(256, device=device)
                    step = Step(indices, torch.zeros(256, 1, 1, 1, device=device))
                    loss = compute_loss(criterion, each * epoch, given, step)
                end_epoch(criterion)
            learned.append([loss.cpu(), *(value.cpu() for value in criterion.buffers())])
        for of_cpu, of_gpu in zip(*learned, strict=True):
            torch.testing.assert_close(of_gpu, of_cpu, rtol=1e-4, atol=1e-5)

    @needs_gpu
    def test_a_step_waits_for_nothing(self) -> None:
        """A wait would keep the next step from being launched, or captured."""
        for method in ("hard", "ols"):
            trainer = Trainer(
                spec(self.folder, method=method, precision="bf16"),
                data_dir=self.folder.parent, device="cuda",
            )  # fmt: skip
            trainer.model.train()
            batch = next(iter(trainer._batches))
            trainer._step(batch)  # the optimiser's state
            torch.cuda.set_sync_debug_mode("error")
            try:
                trainer._step(batch)
            finally:
                torch.cuda.set_sync_debug_mode("default")

    @needs_gpu
    def test_memory_comes_back_after_each_of_three_runs(self) -> None:
        """The second is killed in mid-epoch, with four loading processes (celery#3402)."""
        torch.cuda.empty_cache()
        before = torch.cuda.mem_get_info()[0]
        spawn = multiprocessing.get_context("spawn")
        for killed, code in ((False, 0), (True, -signal.SIGKILL), (False, 0)):
            process = spawn.Process(target=train, args=(str(self.folder), killed))
            process.start()
            process.join()
            assert process.exitcode == code
            assert torch.cuda.mem_get_info()[0] > before - SLACK


if __name__ == "__main__":
    unittest.main()
