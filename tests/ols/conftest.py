"""Shared by the library's tests: one folder of rendered data, one thread, a spec maker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ols.spec.run_spec import RunSpec
from tests.ols.client.fixtures import server

__all__ = ["server"]  # one for all folders below

# Two epochs of three steps, half the time of the usual twelve, by a network a quarter as wide.
QUICK = {
    "method": "ols",
    "dataset": "digits",
    "epochs": 2,
    "batch_size": 512,
    "model": {"width": 8},
}


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("datasets")


@pytest.fixture
def real_noise() -> Path:
    """Where CIFAR-10 as image files and CIFAR-N's human labels lie; not part of the project."""
    folder = Path(__file__).parents[3] / "shared" / "data"
    if not (folder / "CIFAR-10_human.pt").is_file():
        pytest.skip("needs CIFAR-N's files in ../shared/data, which are not free to be copied")
    return folder


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)
    # torch.manual_seed would note for each GPU, with a stack trace, what to do once there is one.
    torch.default_generator.manual_seed(0)


@pytest.fixture
def spec() -> Callable[..., RunSpec]:
    def make(**fields: Any) -> RunSpec:
        return RunSpec.parse({**QUICK, **fields})

    return make
