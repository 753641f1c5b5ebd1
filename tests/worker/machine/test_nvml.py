"""What is made of NVML's answers; no GPU here, so two are pretended in pynvml's own words."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import ClassVar

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
    def nvmlDeviceGetMigMode(cls, _: int) -> tuple[int, int]:  # noqa: N802
        raise cls.NVMLError  # it can't be split

    @classmethod
    def nvmlDeviceGetUtilizationRates(cls, index: int) -> SimpleNamespace:  # noqa: N802
        if index == 1:
            raise cls.NVMLError
        return SimpleNamespace(gpu=87, memory=3)


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvml, "pynvml", Nvml)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


class Split(Nvml):
    """A whole GPU and one in two parts, of which a place in between is empty."""

    PARTS: ClassVar = {10: ("MIG-a1", 1, 0), 12: ("MIG-a2", 2, 0)}

    @classmethod
    def nvmlDeviceGetMigMode(cls, index: int) -> tuple[int, int]:  # noqa: N802
        return (index, index)

    nvmlDeviceGetMaxMigDeviceCount = staticmethod(lambda _: 3)  # noqa: N815

    @classmethod
    def nvmlDeviceGetMigDeviceHandleByIndex(cls, _: int, place: int) -> int:  # noqa: N802
        if place == 1:
            raise cls.NVMLError
        return 10 + place

    @classmethod
    def nvmlDeviceGetUUID(cls, handle: int) -> str:  # noqa: N802
        return cls.PARTS[handle][0] if handle in cls.PARTS else f"GPU-{handle}{handle}"

    @classmethod
    def nvmlDeviceGetName(cls, handle: int) -> str:  # noqa: N802
        return "H200 MIG 1g.18gb" if handle in cls.PARTS else "H200"

    @classmethod
    def nvmlDeviceGetGpuInstanceId(cls, handle: int) -> int:  # noqa: N802
        return cls.PARTS[handle][1]

    @classmethod
    def nvmlDeviceGetComputeInstanceId(cls, handle: int) -> int:  # noqa: N802
        return cls.PARTS[handle][2]


@pytest.fixture
def split_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvml, "pynvml", Split)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def _seen(monkeypatch: pytest.MonkeyPatch, visible: str | None) -> list[str]:
    """The devices that CUDA_VISIBLE_DEVICES leaves; None: it is not set."""
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    return [key for key, _ in nvml.visible_gpus()]


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        (None, ["0", "1"]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
        ("1", ["1"]),
        ("1, 0", ["1", "0"]),
        ("0,-1,1", ["0"]),
        ("GPU-11", ["GPU-11"]),
        ("GPU-1", ["GPU-11"]),
    ],
)
@pytest.mark.usefixtures("two_gpus")
def test_gpus_hidden_by_the_environment_give_no_slots(
    monkeypatch: pytest.MonkeyPatch, visible: str | None, expected: list[str]
) -> None:
    assert _seen(monkeypatch, visible) == expected


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        (None, ["0", "MIG-a1", "MIG-a2"]),
        ("MIG-a2", ["MIG-a2"]),
        ("MIG-a2,MIG-a1,0", ["MIG-a2", "MIG-a1", "0"]),
        ("MIG-GPU-11/2/0", ["MIG-a2"]),  # as drivers before 470 say it
        ("1", ["MIG-a1"]),  # CUDA takes the first part of a GPU
        ("GPU-1", ["MIG-a1"]),
        ("GPU-0", ["GPU-00"]),
    ],
)
@pytest.mark.usefixtures("split_gpu")
def test_parts_of_a_gpu_are_slots(
    monkeypatch: pytest.MonkeyPatch, visible: str | None, expected: list[str]
) -> None:
    assert _seen(monkeypatch, visible) == expected


@pytest.mark.parametrize(
    ("visible", "words"),
    [
        ("7", "names 7, but this machine has 0 (H200), MIG-a1 (H200 MIG 1g.18gb)"),
        ("GPU-9", "names GPU-9, but"),
        ("MIG-b", "names MIG-b, but"),
        ("MIG-a", "names MIG-a, which may be MIG-a1, MIG-a2: write more of it"),
        ("all", "names all, but"),
    ],
)
@pytest.mark.usefixtures("split_gpu")
def test_a_device_that_is_not_there_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, visible: str, words: str
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    with pytest.raises(nvml.UnknownDeviceError, match=re.escape(words)):
        nvml.visible_gpus()


@pytest.mark.usefixtures("two_gpus")
def test_an_unknown_device_hides_those_behind_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,7,1")
    assert [key for key, _ in nvml.visible_gpus()] == ["0"]
    assert "names 7" in caplog.text


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
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert nvml.visible_gpus() == []
    assert nvml.driver_version() is None
    assert nvml.read_gpus(["0"]) == {"0": Reading()}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-a1")
    with pytest.raises(nvml.UnknownDeviceError, match="no GPU that NVIDIA's driver tells of"):
        nvml.visible_gpus()
