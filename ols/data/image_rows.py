"""Images in the rows of an Arrow file: `train/data-00000-of-00002.arrow#image[17]`.

Such an address stands wherever the path of an image file does, so a table of images is read, named
in errors and listed as a folder of files is. The file is mapped into memory: a row costs no more
than its bytes, and processes share them. No torch: the processes of `check-data` read with this.
"""

from __future__ import annotations

import io
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

SUFFIX = ".arrow"
ADDRESS = re.compile(r"(.+\.arrow)#(.+)\[(\d+)\]", re.DOTALL)
OPEN = 512  # files kept open, below the usual limit of 1,024


def address(file: Path | str, column: str, row: int) -> str:
    return f"{file}#{column}[{row}]"


def row_bytes(path: str) -> io.BytesIO | None:
    """The encoded image that an address stands for; None for the path of an image file.

    Raises whatever pyarrow does for a damaged file.
    """
    parts = ADDRESS.fullmatch(path) if path.endswith("]") else None
    if parts is None:
        return None
    file, column, row = parts.groups()
    value = _column(file, column, Path(file).stat().st_mtime_ns)[int(row)].as_py()
    return io.BytesIO(value["bytes"] if isinstance(value, dict) else value)


def read_table(file: Path | str) -> Any:
    """A pyarrow Table over the mapped file: an Arrow stream, as `datasets` writes it."""
    # Imported here: whoever has no such file does without pyarrow.
    import pyarrow as pa

    options = pa.ipc.IpcReadOptions(use_threads=False)  # the trainer forks its readers
    return pa.ipc.open_stream(pa.memory_map(str(file)), options=options).read_all()


@lru_cache(OPEN)
def _column(file: str, name: str, written: int) -> Any:
    """`written`: when; a copy of a parquet file may be written anew."""
    return read_table(file)[name]
