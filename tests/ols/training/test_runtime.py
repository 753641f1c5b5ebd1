from __future__ import annotations

import pytest
import torch

from ols.errors import OlsError
from ols.training.runtime import (
    THREADS_VARIABLE,
    choose_device,
    choose_threads,
    keep_freed_memory,
)

CPU = torch.device("cpu")


def test_a_checkpoints_threads_come_before_all(monkeypatch):
    monkeypatch.setenv(THREADS_VARIABLE, "3")
    assert choose_threads(2, stored=5) == 5
    assert choose_threads(2) == 2
    assert choose_threads(None) == 3


def test_by_default_one_core_stays_free(monkeypatch):
    monkeypatch.delenv(THREADS_VARIABLE, raising=False)
    monkeypatch.setattr("ols.training.runtime._cores", lambda: 8)
    assert choose_threads(None) == 7
    monkeypatch.setattr("ols.training.runtime._cores", lambda: 1)
    assert choose_threads(None) == 1


@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_a_wrong_variable_is_named(monkeypatch, value):
    monkeypatch.setenv(THREADS_VARIABLE, value)
    with pytest.raises(OlsError, match=THREADS_VARIABLE):
        choose_threads(None)


def test_devices():
    assert choose_device("cpu") == CPU
    with pytest.raises(OlsError, match="unknown device"):
        choose_device("quantum")
    if not torch.cuda.is_available():
        assert choose_device("auto") == CPU
        with pytest.raises(OlsError, match="no usable GPU"):
            choose_device("cuda")


def test_freed_memory_is_kept_where_the_c_library_can(monkeypatch):
    keep_freed_memory()
    monkeypatch.setattr("ols.training.runtime.ctypes.CDLL", lambda _: object())
    keep_freed_memory()  # a C library without mallopt
