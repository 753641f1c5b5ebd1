"""Bands: the browser's gzip stream and the single rows are the same codes."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.matrix import bands, frames

SIDES = st.sampled_from([1, 2, 3, 10, 62, 63, 64, 65, 100, 129, 300])
TYPES = {frames.U16LOG: np.uint16, frames.U32: np.uint32}


def random_codes(side: int, codec: str, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    top = np.iinfo(TYPES[codec]).max
    codes = rng.integers(0, top, (side, side), TYPES[codec], endpoint=True)
    codes[rng.random((side, side)) < 0.5] = 0
    return codes


@given(SIDES, st.sampled_from(sorted(TYPES)), st.integers(0, 2**31))
def test_joined_bands_are_one_gzip_stream_of_the_frames_planes(side, codec, seed):
    codes = random_codes(side, codec, seed)
    banded = bands.split(codes)
    whole = bands.join(banded.bands, codec, side, banded.crc)
    # A browser reads one member and no more: nothing may be left behind it.
    stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
    planes = stream.decompress(whole)
    assert stream.eof
    assert stream.unused_data == b""
    assert planes == zlib.decompress(frames.pack(codes), 16 + zlib.MAX_WBITS)
    np.testing.assert_array_equal(frames.unpack(whole, codec, (side, side)), codes)


@given(SIDES, st.sampled_from(sorted(TYPES)), st.integers(0, 2**31))
def test_each_band_unpacks_alone(side, codec, seed):
    codes = random_codes(side, codec, seed)
    banded = bands.split(codes)
    for number, band in enumerate(banded.bands):
        rows = codes[number * banded.rows : (number + 1) * banded.rows]
        np.testing.assert_array_equal(bands.unpack(band, codec, side), rows)


def test_equal_matrices_are_equal_bytes():
    codes = random_codes(100, frames.U16LOG, 1)
    assert bands.split(codes) == bands.split(codes.copy())


@pytest.mark.parametrize(("side", "count"), [(10, 1), (62, 1), (100, 3), (1000, 32)])
def test_small_matrices_are_one_band_and_large_ones_thirty_two(side, count):
    assert len(bands.split(np.zeros((side, side), np.uint16)).bands) == count


def test_bands_cost_less_than_four_percent_of_bytes():
    rng = np.random.default_rng(0)
    soft = rng.dirichlet(np.full(100, 0.1), 100) + 3 * np.eye(100)
    codes = frames.to_codes(soft / soft.sum(1, keepdims=True), frames.U16LOG)
    banded = bands.split(codes)
    whole = bands.join(banded.bands, frames.U16LOG, 100, banded.crc)
    assert len(whole) < 1.04 * len(frames.pack(codes))
