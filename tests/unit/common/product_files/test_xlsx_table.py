"""Workbooks are read row by row and written back; a hostile one costs itself alone, and no text becomes a formula."""

import datetime
import io
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from common.product_files.reading import count, kind_of, read
from common.product_files.record import DAMAGED_FILE, NOT_THE_TABLE, Unreadable
from common.product_files.xlsx_table import MOST_COLUMNS, write
from common.product_files.xlsx_table import read as read_xlsx

HEADER = ["Title", "Description", "Cost"]


def book(*rows: Sequence[Any], sheets: Sequence[str] = ()) -> io.BytesIO:
    made, target = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        made.active.append(list(row))
    for name in sheets:
        made.create_sheet(name)
    made.save(target)
    target.seek(0)
    return target


def rewritten(whole: io.BytesIO, name: str, content: bytes) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in source.namelist():
            packed.writestr(part, content if part == name else source.read(part))
    target.seek(0)
    return target


def test_every_row_comes_out_with_its_number_and_its_values() -> None:
    day = datetime.datetime(2026, 1, 2, 3, 4)
    rows = list(read_xlsx(book(HEADER, ["A kettle", " 1.7 l ", 12.5], [None, None, None], ["A lamp", None, 20.0], [day, True])))
    assert [number for number, _ in rows] == [2, 4, 5]
    assert [row for _, row in rows] == [
        {"title": "A kettle", "description": "1.7 l", "Cost": 12.5},
        {"title": "A lamp", "description": None, "Cost": 20},
        {"title": "2026-01-02T03:04:00", "description": True, "Cost": None},
    ]


def test_a_row_of_more_fields_than_the_header_costs_itself_alone() -> None:
    (_, bad), (_, good) = read_xlsx(book(HEADER, ["a", "b", 1, "more"], ["a", "b", 1]))
    assert isinstance(bad, Unreadable)
    assert bad.kind == NOT_THE_TABLE
    assert good == {"title": "a", "description": "b", "Cost": 1}


def test_the_first_sheet_that_is_shown_is_read() -> None:
    made, target = openpyxl.Workbook(), io.BytesIO()
    made.active.append(["title"])
    made.active.append(["hidden"])
    made.active.sheet_state = "hidden"
    shown = made.create_sheet("Shown")
    shown.append(["title"])
    shown.append(["seen"])
    made.save(target)
    assert [row for _, row in read_xlsx(io.BytesIO(target.getvalue()))] == [{"title": "seen"}]


def test_a_file_s_name_says_that_it_is_one(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    path.write_bytes(book(HEADER, ["a", "b", 1]).getvalue())
    assert (kind_of(path), count(path)) == ("xlsx", 1)
    assert [*read(path)] == [{"title": "a", "description": "b", "Cost": 1}]
    with pytest.raises(ValueError, match=r"nor \.parquet or \.xlsx"):
        kind_of(tmp_path / "in.xlsx.gz")
    with pytest.raises(FileNotFoundError):
        list(read(tmp_path / "no.xlsx"))


def test_what_is_written_is_read_again() -> None:
    target = io.BytesIO()
    write(target, ["title", "price"], [["A kettle", 12.5], ["\x00\x0bA lamp", None], ["x" * 40_000, 3]])
    rows = [row for _, row in read_xlsx(io.BytesIO(target.getvalue()))]
    assert rows[:2] == [{"title": "A kettle", "price": 12.5}, {"title": "A lamp", "price": None}]
    assert isinstance(rows[2], dict)
    assert len(rows[2]["title"]) == 32_767


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "=1+1", "+1", "-1", "@SUM(A1)"])
def test_no_text_becomes_a_formula(text: str) -> None:
    target = io.BytesIO()
    write(target, ["title", text], [[text, 1]])
    sheet = openpyxl.load_workbook(io.BytesIO(target.getvalue())).active
    assert [(cell.value, cell.data_type) for cell in (sheet["A2"], sheet["B1"])] == [(text, "s")] * 2
    with zipfile.ZipFile(target) as packed:
        assert b"<f" not in packed.read("xl/worksheets/sheet1.xml")


def test_of_a_formula_what_was_computed_is_read() -> None:
    ((_, row),) = read_xlsx(book(["title", "price"], ["a", "=1+1"]))
    assert row == {"title": "a", "price": None}  # openpyxl, unlike Excel, has computed nothing


LAUGHS = b'<!DOCTYPE a [<!ENTITY x "ha">' + b"".join(
    f'<!ENTITY x{n} "{f"&x{n - 1};" * 10 if n else "&x;" * 10}">'.encode() for n in range(9)
)


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (io.BytesIO(b"no workbook"), "damaged or no workbook"),
        (io.BytesIO(b""), "damaged or no workbook"),
        (io.BytesIO(book(HEADER).getvalue()[:-200]), "damaged or no workbook"),
        (rewritten(book(HEADER, ["a"]), "xl/workbook.xml", b"<x"), "damaged or no workbook"),
        (rewritten(book(HEADER, ["a"]), "xl/worksheets/sheet1.xml", b"\x00" * 50_000_000), "unpacks to more than 10 MB"),
        (
            rewritten(book(HEADER, ["a"]), "xl/worksheets/sheet1.xml", LAUGHS + b"]><worksheet>&x8;</worksheet>"),
            "damaged or no workbook",
        ),
        (book(["x"] * (MOST_COLUMNS + 5), ["a"]), "columns"),
    ],
)
def test_what_is_damaged_or_hostile_is_one_row_that_says_so(file: io.BytesIO, why: str) -> None:
    begun = time.process_time()
    found = list(read_xlsx(file, most_unpacked=10 * 2**20))
    assert time.process_time() - begun < 5.0
    last = found[-1][1]
    assert isinstance(last, Unreadable)
    assert why in last.reason
    assert last.kind == DAMAGED_FILE


def test_a_row_a_million_rows_down_is_reached() -> None:
    far = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    far += b'<row r="1"><c r="A1" t="inlineStr"><is><t>title</t></is></c></row>'
    far += b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>a kettle</t></is></c></row></sheetData></worksheet>'
    begun = time.process_time()
    assert list(read_xlsx(rewritten(book(HEADER), "xl/worksheets/sheet1.xml", far))) == [(1_048_576, {"title": "a kettle"})]
    assert time.process_time() - begun < 20.0
