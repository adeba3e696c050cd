"""Reads a product file row by row: JSON Lines or CSV, plain or packed (.gz, .xz, .zst), Parquet, or an Excel workbook.

Every row comes out, in order, also one that cannot be read: as Unreadable. What becomes of these is for whoever reads. Memory is
that of one row (of a thousand, in Parquet; of a workbook also all its different texts), whatever the file.
"""

from collections.abc import Iterator
from pathlib import Path

from common.product_files import csv_table, json_lines
from common.product_files.packed import PACKED, open_packed
from common.product_files.record import Record, Row, Unreadable

JSON_LINES, CSV, PARQUET, XLSX = "jsonl", "csv", "parquet", "xlsx"
_KINDS = {".jsonl": JSON_LINES, ".json": JSON_LINES, ".csv": CSV, ".parquet": PARQUET, ".xlsx": XLSX}
_PACKED_ITSELF = (".parquet", ".xlsx")


def kind_of(path: Path, otherwise: str | None = None) -> str:
    """JSON_LINES, CSV, PARQUET or XLSX, by the end of the name. Where it is none: `otherwise`, or ValueError without it."""
    suffix = Path(path.stem).suffix if path.suffix in PACKED else path.suffix
    if suffix in _KINDS and not (suffix in _PACKED_ITSELF and path.suffix in PACKED):
        return _KINDS[suffix]
    if otherwise is None:
        raise ValueError(f"{path} is neither .jsonl nor .csv (either may be packed: {', '.join(PACKED)}) nor .parquet or .xlsx")
    return otherwise


def read_numbered(path: Path, kind: str) -> Iterator[Row]:
    """All rows with their numbers. OSError where the file cannot be opened; damage further on is the last row."""
    if kind == PARQUET:
        from common.product_files import parquet_table

        yield from parquet_table.read(path)
        return
    if kind == XLSX:
        from common.product_files import xlsx_table

        yield from xlsx_table.read(path)
        return
    with open_packed(path) as file:
        yield from (csv_table if kind == CSV else json_lines).read(file)


def read(path: Path) -> Iterator[Record | Unreadable]:
    """All rows. ValueError for an unknown kind of file, OSError where it cannot be opened."""
    return (row for _, row in read_numbered(path, kind_of(path)))


def count(path: Path) -> int:
    """How many rows `read` will give."""
    if kind_of(path) == JSON_LINES:
        with open_packed(path) as file:
            return sum(1 for _ in json_lines.lines(file))
    return sum(1 for _ in read(path))
