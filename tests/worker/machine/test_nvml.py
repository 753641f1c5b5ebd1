"""What is made of NVML's answers; no GPU here, so two are pretended in pynvml's own words."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from worker.machine import nvml
from worker.machine.nvml import Reading

GIB = 2**30


class Nvml:
    """Two GPUs, as pynvml tells of them; the second, a part of a MIG GPU, knows no utilisation."""

    class NVMLError(Exception):
        pass

    nvmlInit = nvmlShutdown = staticmethod(lambda: None)  # noqa: N815 - pynvml's names
    nvmlDeviceGetCount = staticmethod(lambda: 2)  # noqa: N815
    nvmlDeviceGetName = staticmethod(lambda index: f"H200 {index}")  # noqa: N815
    nvmlDeviceGetUUID = staticmethod(lambda index: f"GPU-{index}{index}".encode())  # noqa: N815
    nvmlSystemGetDriverVersion = staticmethod(lambda: "580.65")  # noqa: N815

    @classmethod
    def nvmlDeviceGetHandleByIndex(cls, index: int) -> int:  # noqa: N802
        if index not in (0, 1):
            raise cls.NVMLError
        return index

    @classmethod
    def nvmlDeviceGetHandleByUUID(cls, uuid: str) -> int:  # noqa: N802
        return cls.nvmlDeviceGetHandleByIndex(int(uuid[-1]))

    @staticmethod
    def nvmlDeviceGetMemoryInfo(index: int) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(used=(index + 1) * GIB, total=141 * GIB)

    @classmethod
    def nvmlDeviceGetUtilizationRates(cls, index: int) -> SimpleNamespace:  # noqa: N802
        if index == 1:
            raise cls.NVMLError
        return SimpleNamespace(gpu=87, memory=3)


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvml, "pynvml", Nvml)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@pytest.mark.parametrize(
    ("visible", "found"),
    [
        (None, ["0", "1"]),
        ("", []),
        ("-1", []),
        ("1", ["1"]),
        ("1, 0", ["1", "0"]),
        ("GPU-11", ["GPU-11"]),
        ("0,7,1", ["0"]),
    ],
)
@pytest.mark.usefixtures("two_gpus")
def test_gpus_hidden_by_the_environment_give_no_slots(
    monkeypatch: pytest.MonkeyPatch, visible: str | None, found: list[str]
) -> None:
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert [key for key, _ in nvml.visible_gpus()] == found


@pytest.mark.usefixtures("two_gpus")
def test_each_gpu_is_read_once_by_index_or_uuid() -> None:
    full, part, gone = Reading(GIB, 141 * GIB, 0.87), Reading(2 * GIB, 141 * GIB, None), Reading()
    assert nvml.read_gpus(["0", "GPU-11", "0", "7"]) == {"0": full, "GPU-11": part, "7": gone}


@pytest.mark.usefixtures("two_gpus")
def test_the_driver_tells_its_version() -> None:
    assert nvml.driver_version() == "580.65"


def test_a_machine_without_a_driver_has_nothing_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise Nvml.NVMLError

    monkeypatch.setattr(nvml, "pynvml", SimpleNamespace(nvmlInit=refuse, NVMLError=Nvml.NVMLError))
    assert nvml.visible_gpus() == []
    assert nvml.driver_version() is None
    assert nvml.read_gpus(["0"]) == {"0": Reading()}
