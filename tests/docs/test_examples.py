"""Every example runs by itself, learns, and keeps its soft labels in its checkpoint."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ols.client import Lab
from tests.docs.test_notebook import shown_by
from tests.support.processes import web

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "docs" / "examples"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs an example as its command would, in the folder `tmp_path`: `run(name, *arguments)` gives
    the last top-1 that it prints, in percent, and how many epochs it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(EXAMPLES)
    torch.set_num_threads(1)

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *arguments])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return accuracies(capsys.readouterr().out)

    return run


def accuracies(printed):
    """The last one and their number."""
    percentages = re.findall(r"top-1 ([\d.]+)%", printed)
    return float(percentages[-1]) if percentages else None, len(percentages)


def process(folder, name, *arguments):
    """The same in a process of its own, which has nothing but the example."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return accuracies(done.stdout)


def check_soft_labels(state, epochs):
    """`state` is a criterion's."""
    soft = state["soft_labels"]
    assert int(state["epochs"]) == epochs
    torch.testing.assert_close(soft.sum(1), torch.ones(10), rtol=0, atol=1e-5)
    assert soft.argmax(1).tolist() == list(range(10))
    assert soft.diagonal().min() > 0.2  # it was learned: uniform rows hold 0.1


def test_the_bare_loop_learns_and_resumes_in_another_process(tmp_path, run):
    options = ("--checkpoint", "run.pt")
    assert run("pytorch_loop.py", "--epochs", "2", *options)[1] == 2
    top1, epochs = process(tmp_path, "pytorch_loop.py", "--epochs", "4", *options)
    assert (top1 > 95, epochs) == (True, 2)
    check_soft_labels(torch.load(tmp_path / "run.pt", weights_only=True)["criterion"], 4)


def test_torchvisions_shape_learns_and_resumes(tmp_path, run):
    top1, _ = run("torchvision_reference.py", "--epochs", "4", "--output-dir", "out")
    assert top1 > 90
    resume = ("--epochs", "4", "--resume", "out/model_2.pth", "--output-dir", "again")
    assert run("torchvision_reference.py", *resume)[1] == 1
    for file in ("out/model_3.pth", "again/model_3.pth"):
        check_soft_labels(torch.load(tmp_path / file, weights_only=True)["criterion"], 4)


def test_torchvisions_shape_learns_mixed_images_too(tmp_path, run):
    mixing = ("--mixup-alpha", "0.2", "--cutmix-alpha", "1.0", "--output-dir", "out")
    top1, _ = run("torchvision_reference.py", "--epochs", "4", *mixing)
    assert top1 > 90
    check_soft_labels(torch.load(tmp_path / "out/model_3.pth", weights_only=True)["criterion"], 4)


def test_lightning_saves_the_closed_epoch_and_resumes(tmp_path, run):
    run("lightning_module.py", "--epochs", "2", "--folder", "saved")
    top1, epochs = run("lightning_module.py", "--epochs", "4", "--folder", "saved")
    assert (top1 > 95, epochs) == (True, 2)
    saved = torch.load(tmp_path / "saved" / "last.ckpt", weights_only=True)["state_dict"]
    prefix = "criterion."
    state = {k.removeprefix(prefix): v for k, v in saved.items() if k.startswith(prefix)}
    check_soft_labels(state, 4)
    assert not state["statistics._extra_state"].any()  # nothing is left of the closed epoch


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A lab without a worker."""
    with web(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture
def lab(server, tmp_path, monkeypatch):
    """Where the examples log to."""
    monkeypatch.setenv("OLS_URL", server.url)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return Lab(server.url, "")


@pytest.mark.parametrize(
    ("name", "arguments", "first", "least"),
    [
        ("lab_fifteen_lines.py", "", 1, 0.9),
        ("lab_mnist.py", "--epochs 2", 1, 0.8),
        ("lab_lightning.py", "--epochs 2", 0, 0.8),
        # timm's shape, on mixed images, with a network that is small for timm
        ("timm_loop.py", "--epochs 5 --model test_resnet --mixup 0.2 --log-lab", 0, 0.85),
    ],
)
def test_a_loop_shows_its_curves_and_heatmap_in_the_lab(lab, run, name, arguments, first, least):
    run(name, *arguments.split())
    logged = lab.get(lab.runs(limit=1)[0]["id"])
    assert (logged.state, logged.data["source"]) == ("finished", "logged")
    top1 = lab.metrics(logged.id, names=["val_top1"])
    assert [point["epoch"] for point in top1] == list(range(first, first + len(top1)))
    assert top1[-1]["value"] > least
    soft = lab.matrix(logged.id, "soft_labels", first + len(top1) - 1)
    assert soft.sum(1) == pytest.approx(1, abs=1e-3)
    assert soft.diagonal().min() > 0.15, "learned: uniform rows hold 0.1"
    for page in (f"/runs/{logged.id}", "/"):
        assert logged.name in lab.connection.request("GET", page).text


def test_the_notebook_reads_back_what_it_logged(lab, monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    names = {}
    shown = [
        shown_by("".join(cell["source"]), names)
        for cell in json.loads((EXAMPLES / "lab_notebook.ipynb").read_text())["cells"]
        if cell["cell_type"] == "code"
    ]
    url, runs, metrics, soft_labels = shown[2:]
    assert url == f"{lab.url}/runs/{names['run'].id}"
    assert runs["state"].tolist() == ["finished"]
    assert metrics["epoch"].tolist() == [1, 2, 3]
    assert soft_labels.shape == (10, 10)
