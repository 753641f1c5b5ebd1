"""NumPy is loaded by whoever first computes, whole and once; a web service that is not asked for
numbers holds none of it."""

from __future__ import annotations

import io
import pickle
import runpy
import subprocess
import sys
from pathlib import Path

import httpx
import numpy
import psutil
import pytest

from backend.core import late_numpy as np
from backend.core.settings import Settings
from backend.store.database import connect
from tests.support import factories as make
from tests.support.processes import web

THREADS_AT_ONCE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from backend.core import late_numpy as np

assert "numpy" not in sys.modules
ready = Barrier(16)


def compute(number):
    ready.wait()
    return float(np.linalg.inv(np.full((1, 1), number, np.float64))[0, 0])


with ThreadPoolExecutor(16) as threads:
    assert list(threads.map(compute, range(1, 17))) == [1 / number for number in range(1, 17)]
import numpy
assert np.linalg is numpy.linalg
"""

NOT_ASKED_FOR = ("/", "/healthz", "/runs", "/runs/new", "/experiments", "/workers", "/methods")


def holds_numpy(process: int) -> bool:
    """Whether its compiled part is mapped."""
    return any("_multiarray_umath" in part.path for part in psutil.Process(process).memory_maps())


def test_its_names_are_numpys_own() -> None:
    assert np.ndarray is numpy.ndarray
    assert isinstance(np.zeros(2), numpy.ndarray)
    number = np.float32(0.5)
    assert pickle.loads(pickle.dumps(number)) == number
    from backend.core.late_numpy import arange

    assert arange is numpy.arange
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = np.no_such_name


@pytest.mark.slow
def test_threads_that_come_at_once_all_find_it_loaded() -> None:
    for _ in range(3):
        subprocess.run([sys.executable, "-c", THREADS_AT_ONCE], check=True)


def test_where_it_is_missing_the_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ModuleNotFoundError, match="No module named 'numpy'"):
        runpy.run_module("backend.core.late_numpy")


@pytest.mark.slow
def test_where_it_is_broken_its_own_error_arrives(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise ImportError('libopenblas.so is missing')")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from backend.core import late_numpy as np\n"
        "print('started', flush=True)\nnp.zeros(1)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (1, "started\n")
    assert ended.stderr.endswith("ImportError: libopenblas.so is missing\n")


@pytest.mark.slow
def test_the_web_service_loads_it_with_the_first_numbers(tmp_path: Path) -> None:
    # Started by itself: what the tests fork has loaded everything.
    with web(tmp_path, PYTHONHASHSEED="5") as server:
        with httpx.Client(base_url=server.url, headers={"Accept": "text/html"}) as client:
            for path in NOT_ASKED_FOR:
                client.get(path, follow_redirects=True).raise_for_status()
            client.get("/api/runs").raise_for_status()
            assert not holds_numpy(server.process.pid)
            database = connect(Settings(_env_file=None, data_dir=tmp_path).resolved_database_url)
            run_id = make.trained(database)
            database.dispose()
            answer = client.get(f"/api/runs/{run_id}/matrices/confusion/2?format=npy")
        assert holds_numpy(server.process.pid)
    counts = numpy.load(io.BytesIO(answer.content))
    numpy.testing.assert_array_equal(counts, make.report(2).matrices["confusion"])
