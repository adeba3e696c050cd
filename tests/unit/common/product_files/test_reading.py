"""Reading a product file: every row comes out, in order, and the count is that of what comes out."""

import gc
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from common.pricing import PriceRequest
from common.product_files import csv_table, json_lines
from common.product_files.reading import count, kind_of, read
from common.product_files.record import Unreadable
from common.product_files.request import request_from
from tests.unit.common.product_files.kinds import every_kind

ROWS = [{"title": "Brass lamp", "description": 'bright, "warm"\nlight'}, {"title": "Öl", "description": ""}]


def test_a_line_without_end_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    long = b'{"title": "' + b"x" * (2 * json_lines.MAX_LINE) + b'"}\n'
    path.write_bytes(b'{"title": "a"}\n' + long + b'\n{"title": "b"}\n' + long.rstrip(b"\n"))
    first, too_long, last, open_end = read(path)
    assert (first, last) == ({"title": "a"}, {"title": "b"})
    for row in (too_long, open_end):
        assert isinstance(row, Unreadable)
        assert "more than" in row.reason
    assert count(path) == 4


@pytest.mark.parametrize("size", [json_lines.MAX_LINE - 1, json_lines.MAX_LINE])
def test_a_line_of_just_the_limit_is_whole(size: int, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    head, tail = b'{"title": "', b'"}\n'
    path.write_bytes(head + b"x" * (size - len(head) - len(tail)) + tail + b'{"title": "b"}')
    assert [isinstance(row, dict) for row in read(path)] == [True, True]


def test_bytes_that_are_no_utf8_cost_their_line_or_their_character(tmp_path: Path) -> None:
    lines, table = tmp_path / "in.jsonl", tmp_path / "in.csv"
    lines.write_bytes(b'{"title": "caf\xe9"}\n{"title": "b"}\n')
    table.write_bytes(b"title,description\ncaf\xe9,old\n")
    assert [isinstance(row, Unreadable) for row in read(lines)] == [True, False]
    assert list(read(table)) == [{"title": "caf\ufffd", "description": "old"}]


def test_a_quote_without_end_is_told(tmp_path: Path) -> None:
    table = tmp_path / "in.csv"
    table.write_text('title,description\na,b\n"' + "x" * (csv_table.MAX_FIELD + 10))
    rows = list(read(table))
    assert rows[0] == {"title": "a", "description": "b"}
    assert isinstance(rows[-1], Unreadable)
    assert "cannot be read from here on" in rows[-1].reason
    assert count(table) == len(rows) == 2


def test_what_is_no_parquet_is_told(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    path.write_bytes(b"PAR1 it is not")
    (row,) = read(path)
    assert isinstance(row, Unreadable)
    assert "damaged or not Parquet" in row.reason


def test_the_request_of_a_row() -> None:
    asked = request_from({"title": " Lamp ", "description": "of brass", "category": " Home ", "price": 3})
    assert asked == PriceRequest(title="Lamp", description="of brass", category="Home")
    raw = {
        "title": "Lamp",
        "description": ["of brass"],
        "features": ["bright"],
        "details": '{"Color": "red"}',
        "main_category": "Tools",
    }
    assert request_from(raw) == PriceRequest(title="Lamp", description="of brass bright Color red")
    assert request_from({"title": "Lamp", "category": "x" * 301}) == PriceRequest(description="Lamp")
    assert isinstance(request_from({"title": None}), Unreadable)


@pytest.mark.parametrize("kind", every_kind(ROWS))
def test_every_kind_of_file_gives_the_same_rows(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"in{kind}"
    path.write_bytes(every_kind(ROWS)[kind])
    assert list(read(path)) == ROWS
    assert count(path) == len(ROWS)


def test_a_reading_that_is_broken_off_leaves_nothing_open(tmp_path: Path) -> None:
    for kind, content in every_kind(ROWS).items():
        path = tmp_path / f"in{kind}"
        path.write_bytes(content)
        rows = read(path)
        assert next(rows) == ROWS[0]
        del rows
        gc.collect()  # a file that is left open is a warning, and here an error


def test_what_cannot_be_opened_is_an_error_of_the_system(tmp_path: Path) -> None:
    for kind in every_kind(ROWS):
        with pytest.raises(FileNotFoundError):
            next(read(tmp_path / f"no{kind}"))


def test_details_that_json_does_not_know_are_told_as_texts() -> None:
    row = {"title": "Lamp", "details": {"Made": date(2020, 5, 1), "Lamps": [Decimal("2.5"), True]}}
    assert request_from(row) == PriceRequest(title="Lamp", description="Made 2020-05-01, Lamps 2.5, yes")


def test_kinds_of_files() -> None:
    names = ("a.jsonl", "a.jsonl.zst", "a.csv.gz", "a.parquet", "a.xlsx")
    assert [kind_of(Path(name)) for name in names] == ["jsonl", "jsonl", "csv", "parquet", "xlsx"]
    for name in ("a.xlsx.gz", "a.parquet.gz", "a", "a.gz"):
        with pytest.raises(ValueError, match="neither"):
            kind_of(Path(name))
        assert kind_of(Path(name), otherwise="jsonl") == "jsonl"
