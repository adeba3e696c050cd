"""Rows of a Parquet file. The one reader that uses pyarrow: common[parquet] brings it."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow
from pyarrow import parquet

from common.product_files.record import DAMAGED_FILE, Record, Row, Unreadable

BATCH_ROWS = 1_000
# What reading raises where a file is damaged or something else: pages that do not unpack, texts that are no UTF-8.
DAMAGED = (pyarrow.ArrowException, OSError, UnicodeDecodeError)


def row_groups(path: Path) -> list[int]:
    """How many rows each row group has. One of DAMAGED."""
    meta = parquet.read_metadata(path)
    return [meta.row_group(group).num_rows for group in range(meta.num_row_groups)]


def records(path: Path, row_group: int | None = None, names: Collection[str] | None = None) -> Iterator[Record]:
    """The rows, or those of one row group; of all columns, or those of these names that are there. One of DAMAGED."""
    with parquet.ParquetFile(path) as file:
        columns = None if names is None else [name for name in file.schema_arrow.names if name in names]
        groups = None if row_group is None else [row_group]
        for batch in file.iter_batches(batch_size=BATCH_ROWS, row_groups=groups, columns=columns):
            yield from batch.to_pylist()


def read(path: Path) -> Iterator[Row]:
    """Every row, in order; damage is the last of them. OSError where the file cannot be opened."""
    path.open("rb").close()
    number = 0
    try:
        for number, record in enumerate(records(path), 1):
            yield number, record
    except DAMAGED as exc:
        yield number + 1, Unreadable(f"after row {number}: the file is damaged or not Parquet ({exc})", DAMAGED_FILE)
