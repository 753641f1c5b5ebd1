from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backend.matrix import frames

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9))
PROBABILITIES = arrays(np.float32, SHAPES, elements=st.floats(0, 1, width=32))
COUNTS = arrays(np.uint32, SHAPES, elements=st.integers(0, 2**32 - 1))


@given(PROBABILITIES)
def test_u16log_round_trip_stays_within_its_error(matrix: np.ndarray) -> None:
    back = frames.decode(frames.encode(matrix, frames.U16LOG), frames.U16LOG, matrix.shape)
    large = matrix >= frames.SMALLEST
    tiny = (matrix > 0) & ~large
    np.testing.assert_allclose(back[large], matrix[large], rtol=1.3e-4, atol=0)
    np.testing.assert_allclose(back[tiny], frames.SMALLEST, rtol=1e-6)
    assert (back[matrix == 0] == 0).all()


@given(PROBABILITIES)
def test_encoding_what_was_decoded_changes_no_byte(matrix: np.ndarray) -> None:
    frame = frames.encode(matrix, frames.U16LOG)
    back = frames.decode(frame, frames.U16LOG, matrix.shape)
    assert frames.encode(back, frames.U16LOG) == frame


@given(COUNTS)
def test_u32_is_exact(matrix: np.ndarray) -> None:
    frame = frames.encode(matrix, frames.U32)
    back = frames.decode(frame, frames.U32, matrix.shape)
    assert back.dtype == np.uint32
    np.testing.assert_array_equal(back, matrix)


def test_special_values() -> None:
    values = np.array([0.0, -0.0, np.nan, -1, 1e-9, 1e-7, 1.0, 1.0000001, 5, np.inf])
    codes = frames.to_codes(values, frames.U16LOG)
    assert codes.tolist() == [0, 0, 0, 0, 1, 1, 65535, 65535, 65535, 65535]
    assert frames.from_codes(np.array([65535, 0], np.uint16), frames.U16LOG).tolist() == [1, 0]


def test_high_bytes_come_first() -> None:
    codes = np.array([[0x0102, 0x0304]], np.uint16)
    assert gzip.decompress(frames.pack(codes)) == bytes([1, 3, 2, 4])
    counts = np.array([[0x01020304, 0x05060708]], np.uint32)
    assert gzip.decompress(frames.pack(counts)) == bytes([1, 5, 2, 6, 3, 7, 4, 8])


def test_equal_matrices_are_equal_bytes_whatever_their_layout() -> None:
    matrix = np.random.default_rng(0).random((5, 7), np.float32)
    frame = frames.encode(matrix, frames.U16LOG)
    assert frames.encode(np.asfortranarray(matrix), frames.U16LOG) == frame
    assert frames.encode(matrix.astype(np.float64), frames.U16LOG) == frame
    assert frame[4:8] == bytes(4), "no time stamp"
    assert frames.version(frame) != frames.version(frame + b"x")


def test_the_error_is_the_stated_one_over_the_whole_range() -> None:
    values = np.geomspace(1e-7, 1, 200_001)
    back = frames.from_codes(frames.to_codes(values, frames.U16LOG), frames.U16LOG)
    assert np.abs(back / values - 1).max() <= 1.3e-4


@pytest.mark.parametrize("k", [256, 257, 300, 513, 1000])
def test_max_pooling_loses_no_hot_cell(k: int) -> None:
    codes = np.zeros((k, k), np.uint16)
    hot = np.random.default_rng(k).integers(0, k, (40, 2))
    codes[hot[:, 0], hot[:, 1]] = np.arange(1, 41)
    small = frames.max_pool(codes)
    side, block = small.shape[0], -(-k // 256)
    assert small.shape == (side, side)
    assert side <= 256
    for row, column in hot:
        assert small[row // block, column // block] >= codes[row, column]


def test_npy_is_float32() -> None:
    import io

    matrix = frames.to_npy(np.arange(6, dtype=np.uint32).reshape(2, 3))
    back = np.load(io.BytesIO(matrix), allow_pickle=False)
    assert (back.dtype, back.shape) == (np.dtype("<f4"), (2, 3))


def test_unknown_codec() -> None:
    with pytest.raises(ValueError, match="codec"):
        frames.to_codes(np.zeros((1, 1)), "zstd")
