"""Parquet row by row; what is damaged is told and costs what lies behind it."""

from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from common.product_files import record
from common.product_files.parquet_table import read, records, row_groups
from common.product_files.record import Unreadable


def table(path: Path) -> Path:
    columns = {"title": [f"{n:09d}" * 20 for n in range(30)], "price": list(range(30))}
    parquet.write_table(pyarrow.table(columns), path, row_group_size=10, use_dictionary=False)
    return path


def test_row_groups_are_read_each_by_itself_with_the_columns_that_are_there(tmp_path: Path) -> None:
    path = table(tmp_path / "in.parquet")
    assert row_groups(path) == [10, 10, 10]
    assert list(records(path, 1, ("price", "features"))) == [{"price": n} for n in range(10, 20)]
    assert [(number, row["price"]) for number, row in read(path) if isinstance(row, dict)] == [(n + 1, n) for n in range(30)]


def test_a_damaged_page_ends_the_rows_with_its_reason(tmp_path: Path) -> None:
    path = table(tmp_path / "in.parquet")
    start = parquet.read_metadata(path).row_group(1).column(0).data_page_offset
    whole = bytearray(path.read_bytes())
    whole[start : start + 40] = b"\xff" * 40
    path.write_bytes(bytes(whole))
    *rows, (number, last) = read(path)
    assert [number for number, _ in rows] == list(range(1, len(rows) + 1))
    assert isinstance(last, Unreadable)
    assert (number, last.kind) == (len(rows) + 1, record.DAMAGED_FILE)


def test_texts_that_are_no_utf8_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    parquet.write_table(pyarrow.table({"title": pyarrow.array([b"caf\xe9"]).cast(pyarrow.string(), safe=False)}), path)
    ((_, row),) = read(path)
    assert isinstance(row, Unreadable)
    assert "damaged or not Parquet" in row.reason


def test_a_file_that_is_not_there_is_no_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read(tmp_path / "no.parquet"))
