from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from ols.data import glyphs
from ols.data.loading import load_dataset
from ols.spec.datasets.glyphs import Glyphs

FEW = Glyphs(train_per_class=4, test_per_class=2)


def test_sizes_classes_and_labels(data_dir):
    data = load_dataset(FEW, data_dir)
    assert data.classes == tuple("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    assert data.train.images.shape == (248, 1, 28, 28)
    assert torch.equal(data.test.labels.bincount(), torch.full((62,), 2))


def test_the_seed_decides_every_pixel():
    first, again, other = (glyphs.render(2, seed, "train_glyphs") for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_training_and_test_images_differ():
    assert not np.array_equal(
        glyphs.render(2, 0, "train_glyphs"), glyphs.render(2, 0, "test_glyphs")
    )


def test_every_image_shows_a_glyph():
    images = glyphs.render(3, 0, "train_glyphs").astype(float)  # the noise is below 30
    brightest = np.sort(images.reshape(len(images), -1))[:, -20:].mean(1)
    assert brightest.min() > 30


def test_images_are_rendered_once(tmp_path, monkeypatch):
    data = load_dataset(FEW, tmp_path)
    monkeypatch.setattr(glyphs, "render", lambda *_: pytest.fail("rendered again"))
    again = load_dataset(FEW, tmp_path)
    assert torch.equal(data.train.images, again.train.images)
    assert [path.suffix for path in (tmp_path / "glyphs").iterdir()] == [".npz"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not an archive", b"x" * 5000])
def test_a_damaged_cache_is_rendered_again(tmp_path, content):
    data = load_dataset(FEW, tmp_path)
    path = glyphs.cache_path(FEW, tmp_path)
    path.write_bytes(content)
    assert torch.equal(load_dataset(FEW, tmp_path).train.images, data.train.images)
    assert path.stat().st_size > len(content)


def test_a_flipped_byte_in_the_cache_is_noticed(tmp_path):
    data = load_dataset(FEW, tmp_path)
    path = glyphs.cache_path(FEW, tmp_path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 8
    path.write_bytes(content)
    assert torch.equal(load_dataset(FEW, tmp_path).train.images, data.train.images)


def test_runs_that_render_at_once_read_whole_files(tmp_path):
    def digest(_: int) -> str:
        images = load_dataset(FEW, tmp_path).train.images
        return hashlib.sha256(images.numpy().tobytes()).hexdigest()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(digest, range(8)))) == 1
