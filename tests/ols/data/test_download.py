"""Fetching, from a server of the tests' own instead of from the published address."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ols.__main__ import main
from ols.data.download import download
from ols.errors import DatasetUnavailable
from tests.ols import published_files as files


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def address(tmp_path):
    """Where the files of `tmp_path` can be fetched."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_it_fetches_and_unpacks(tmp_path, address, monkeypatch, capsys):
    from torchvision.datasets import CIFAR100

    archive = tmp_path / "elsewhere.tar.gz"
    packed = files.pack(files.write_cifar100(tmp_path, monkeypatch), archive)
    monkeypatch.setattr(CIFAR100, "tgz_md5", packed)
    monkeypatch.setattr(CIFAR100, "url", f"{address}/{archive.name}")
    assert main(["download", "cifar100", "--data-dir", str(tmp_path / "data")]) == 0
    assert (tmp_path / "data" / "cifar-100-python" / "train").is_file()
    assert "cifar100 is in" in capsys.readouterr().out


def test_without_a_network_it_says_what_to_do_by_hand(tmp_path, monkeypatch, capsys):
    from torchvision.datasets import CIFAR10

    monkeypatch.setattr(CIFAR10, "url", "http://127.0.0.1:9/cifar-10-python.tar.gz")
    assert main(["download", "cifar10", "--data-dir", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "offline? By hand: put there cifar-10-python.tar.gz" in error


@pytest.mark.parametrize("name", ["cub200", "stanford_cars", "stanford_dogs"])
def test_what_it_can_not_fetch_it_says(tmp_path, name):
    with pytest.raises(DatasetUnavailable, match="The lab can't fetch it"):
        download(name, tmp_path)


def test_imagenets_archives_must_be_there(tmp_path):
    with pytest.raises(DatasetUnavailable, match=r"devkit_t12\.tar\.gz is not present"):
        download("imagenet", tmp_path)


def test_some_need_no_download(tmp_path):
    with pytest.raises(DatasetUnavailable, match="digits needs no download"):
        download("digits", tmp_path)
