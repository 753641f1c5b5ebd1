"""Reads .npy files of matrices that anybody may send: the header first, and no objects."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from backend.core import late_numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def read_matrix(data: bytes, most: int) -> NDArray[np.floating]:
    """A (k, k) matrix of float32 or float64, 1 <= k <= most. Raises ValueError for anything else.

    The shape is compared with the bytes that there are before any memory is taken for it.
    """
    npy_format = np.lib.format
    stream = io.BytesIO(data)
    try:
        version = npy_format.read_magic(stream)
        if version == (1, 0):
            shape, by_column, dtype = npy_format.read_array_header_1_0(stream)
        elif version == (2, 0):
            shape, by_column, dtype = npy_format.read_array_header_2_0(stream)
        else:
            raise ValueError(f"version {version} of the format")
    except Exception as error:  # its header is a Python literal: whatever reading one may raise
        raise ValueError(f"is no .npy file: {str(error)[:200]}") from None
    if dtype.kind != "f" or dtype.itemsize not in (4, 8):
        raise ValueError(f"has the type {dtype}; send float32 or float64")
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ValueError(f"has the shape {shape}; send a square matrix, (k, k)")
    if not 1 <= shape[0] <= most:
        raise ValueError(f"has k = {shape[0]:,}; k is at least 1 and at most {most:,}")
    values = np.frombuffer(data, np.uint8, offset=stream.tell())
    if values.nbytes != shape[0] * shape[1] * dtype.itemsize:
        raise ValueError(f"has {values.nbytes:,} bytes of values, which its shape does not fit")
    matrix = values.view(dtype).reshape(shape, order="F" if by_column else "C")
    return matrix.astype(dtype.newbyteorder("="), order="C")
