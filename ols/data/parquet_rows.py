"""Parquet files as Arrow files, once: a row of a parquet file costs all rows beside it.

Two columns are copied into `.arrow/` beside the parquet files, which takes their space once more;
a later run reads the copy unless the parquet file has changed. Hugging Face's library does the
same, with all columns, in its cache.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ols.data.image_rows import SUFFIX, read_table
from ols.errors import DatasetUnavailable

FOLDER = ".arrow"
MARK = b"ols_source"
ROWS = 256  # per record batch, which is held in memory while it is copied


def as_arrow(file: Path, folder: Path, columns: Sequence[str]) -> Path:
    """The Arrow file with these columns of a parquet file in the data set's `folder`.

    Raises DatasetUnavailable where it can't be written; what pyarrow does for a damaged file.
    """
    parts = (*file.relative_to(folder).with_suffix("").parts, *columns)
    name = ".".join(re.sub(r"\W", "-", part) for part in parts)
    copy = folder / FOLDER / f"{name}{SUFFIX}"
    state = file.stat()
    mark = f"{state.st_size} {state.st_mtime_ns} {list(columns)}".encode()
    if not _is_copy(copy, mark):
        _write(file, copy, columns, mark)
    return copy


def _is_copy(copy: Path, mark: bytes) -> bool:
    try:
        return bool((read_table(copy).schema.metadata or {}).get(MARK) == mark)
    except (OSError, ValueError):  # none yet, or damaged: pyarrow's errors are ValueErrors
        return False


def _write(file: Path, copy: Path, columns: Sequence[str], mark: bytes) -> None:
    """Aside and renamed, so that runs that start at once never read half a file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = pq.ParquetFile(file)
    schema = pa.schema([source.schema_arrow.field(name) for name in columns])
    schema = schema.with_metadata({**(source.schema_arrow.metadata or {}), MARK: mark})
    temporary = ""
    try:
        copy.parent.mkdir(exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=copy.parent, suffix=".tmp")
        with os.fdopen(handle, "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
            for batch in source.iter_batches(ROWS, columns=list(columns)):
                writer.write_batch(batch.select(columns).cast(schema))
        Path(temporary).replace(copy)
    except OSError as error:
        raise DatasetUnavailable(
            f"{file} can't be copied to {copy.parent} ({error.strerror or error}): images in "
            "parquet files are read from a copy there. Make room and let this user write, or save "
            "the data set with save_to_disk, which needs no copy"
        ) from error
    finally:
        Path(temporary).unlink(missing_ok=True) if temporary else None
