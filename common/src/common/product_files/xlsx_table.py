"""Rows of the first sheet of an Excel workbook (.xlsx), read and written. Nothing else uses openpyxl: common[xlsx] brings it.

Reads values, not formulas: of a formula what Excel last computed. A file that unpacks to more than is bearable is refused before
anything of it is unpacked; entities in its XML are refused by defusedxml. What is written are values: no text becomes a formula.
"""

import datetime
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, Any

import openpyxl
from defusedxml import DefusedXmlException
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.exceptions import InvalidFileException

from common.product_files.columns import column_name
from common.product_files.record import DAMAGED_FILE, NOT_THE_TABLE, Row, Unreadable

MOST_UNPACKED = 512 * 1024 * 1024  # bytes of a workbook's parts together
MOST_PARTS = 2_000
MOST_COLUMNS = 256
LONGEST_CELL = 32_767  # characters that Excel takes
# What reading raises where a file is damaged, hostile or no workbook: openpyxl passes on what it stumbles over. Parsers of XML
# raise a SyntaxError.
_DAMAGED = (
    zipfile.BadZipFile,
    InvalidFileException,
    DefusedXmlException,
    SyntaxError,
    OSError,
    EOFError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    RuntimeError,
)


def read(source: Path | IO[bytes], most_unpacked: int = MOST_UNPACKED) -> Iterator[Row]:
    """Every row behind the header, in order, with its number in the sheet. OSError where the file cannot be opened.

    Blank rows do not count. Damage, and what is no workbook, is the last row.
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield from read(file, most_unpacked)
        return
    number = 0
    try:
        if why := _why_refused(source, most_unpacked):
            yield 1, Unreadable(why, DAMAGED_FILE)
            return
        book = openpyxl.load_workbook(source, read_only=True, data_only=True, keep_links=False)
        try:
            for number, found in _rows(book):
                yield number, found
        finally:
            book.close()
    except _DAMAGED as exc:
        yield (
            number + 1,
            Unreadable(f"after row {number}: the file is damaged or no workbook ({exc or type(exc).__name__})", DAMAGED_FILE),
        )


def write(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A workbook of one sheet. Numbers and truths stay what they are; everything else is text, also where it begins with "="."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Products")
    sheet.freeze_panes = "A2"
    for values in chain([header], rows):
        sheet.append([_cell(sheet, value) for value in values])
    book.save(file)


def _cell(sheet: Any, value: object) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(" ", str(value))[:LONGEST_CELL])
    cell.data_type = "s"  # openpyxl makes a formula of a text that begins with "=", and a program might run one
    return cell


def _why_refused(file: IO[bytes], most: int) -> str | None:
    """Why it is not unpacked. Sizes are those that the archive declares: zipfile reads no more of a part than that."""
    with zipfile.ZipFile(file) as packed:
        parts = packed.infolist()
    file.seek(0)
    if len(parts) > MOST_PARTS:
        return f"a workbook of more than {MOST_PARTS:,} parts"
    if sum(each.file_size for each in parts) > most:
        return f"a workbook that unpacks to more than {most // 2**20} MB"
    return None


def _rows(book: Any) -> Iterator[Row]:
    sheet = next((each for each in book.worksheets if each.sheet_state == "visible"), None)
    if sheet is None:
        return
    sheet.reset_dimensions()  # a file may say that it ends where it does not
    header: list[str] = []
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True), 1):
        if cells.count(None) == len(cells):  # a million of them may stand before a row, at no cost to who wrote the file
            continue
        values = _without_end(cells)
        if not values:
            continue
        if not header:
            header = [column_name(str(each)) if each is not None else "" for each in values]
            if len(header) > MOST_COLUMNS:
                yield number, Unreadable(f"more than {MOST_COLUMNS} columns", DAMAGED_FILE)
                return
        elif len(values) > len(header):
            extra = f"row {number}: {len(values) - len(header)} more fields than the header"
            yield number, Unreadable(extra, NOT_THE_TABLE)
        else:
            values += [None] * (len(header) - len(values))
            yield number, dict(zip(header, values, strict=True))


def _without_end(cells: Sequence[object]) -> list[object]:
    """Values as other files have them, without the empty cells at the end."""
    values = [_plain(each) for each in cells]
    while values and values[-1] is None:
        values.pop()
    return values


def _plain(value: object) -> object:
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value).strip()
    return text or None
