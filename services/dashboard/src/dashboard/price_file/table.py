"""A dropped file as rows, and the priced rows as a file of the same kind. Knows no service; runs in a thread."""

import codecs
import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from common.errors import InvalidInputError
from common.pricing import MAX_CATEGORY, PriceRequest
from common.product_files import csv_table, xlsx_table
from common.product_files.columns import Columns, dollars, recognised
from common.product_files.record import DAMAGED_FILE, Record, Row, Unreadable
from common.product_files.request import cut_request
from common.product_files.spreadsheet_text import harmless

CSV, XLSX = "csv", "xlsx"
MEDIA_TYPES = {CSV: "text/csv; charset=utf-8", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
MOST_ROWS, MOST_BYTES = 20_000, 10 * 1024 * 1024
MOST_UNPACKED = 100 * 1024 * 1024  # bytes of a workbook
_KINDS = {".csv": CSV, ".tsv": CSV, ".txt": CSV, ".xlsx": XLSX}
_CONDITIONS = {"refurbished": "refurbished", "renewed": "refurbished", "used": "used", "open box": "open-box"}
_FIELD = "file"


@dataclass(frozen=True)
class Table:
    """What stands in a file: its rows with their numbers, its own columns in their order, and which of them were understood."""

    rows: Sequence[Row]
    names: Sequence[str]
    columns: Columns


@dataclass(frozen=True)
class Answer:
    """What was said of a row; `verdict`: of an offered price. None and "": nothing."""

    price: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: str = ""
    saving: float | None = None
    error: str = ""


_ADDED = ("estimated price", "low", "high", "verdict", "saving", "error")


def kind_of(name: str, content: bytes) -> str:
    """CSV or XLSX, by the file's name and its first bytes. InvalidInputError where it is neither, empty or too large."""
    if not content:
        raise InvalidInputError("the file is empty", _FIELD)
    if len(content) > MOST_BYTES:
        raise InvalidInputError(f"the file is larger than {MOST_BYTES // 2**20} MB", _FIELD)
    kind = _KINDS.get(Path(name).suffix.lower())
    if content.startswith(b"\xd0\xcf\x11\xe0") or (kind is None and Path(name).suffix.lower() == ".xls"):
        raise InvalidInputError("an Excel file of before 2007, or one with a password: save it as .xlsx without one", _FIELD)
    if kind is None:
        raise InvalidInputError("a file is .csv or .xlsx", _FIELD)
    return XLSX if content.startswith(b"PK\x03\x04") else CSV


def read_table(content: bytes, kind: str) -> Table:
    """All rows. InvalidInputError where they are too many, where there are none, or where no column tells a product."""
    rows = _rows(content, kind)
    names = list(dict.fromkeys(str(name) for _, row in rows if isinstance(row, dict) for name in row))
    if not names:
        raise InvalidInputError(_why_nothing(rows), _FIELD)
    columns = recognised(names)
    if not columns.tells_products:
        shown = ", ".join(name for name in names[:10] if name) or "none with a name"
        raise InvalidInputError(f"no column tells a product: name one title or description (there are: {shown[:300]})", _FIELD)
    return Table(rows, names, columns)


def _rows(content: bytes, kind: str) -> list[Row]:
    file = io.BytesIO(_in_utf8(content) if kind == CSV else content)
    found = csv_table.read(file) if kind == CSV else xlsx_table.read(file, MOST_UNPACKED)
    rows = list(islice(found, MOST_ROWS + 1))
    for _ in found:  # what reads must come to its end, though nothing more is wanted of it
        continue
    if len(rows) > MOST_ROWS:
        raise InvalidInputError(f"more than {MOST_ROWS:,} rows: part the file", _FIELD)
    return rows


def _in_utf8(content: bytes) -> bytes:
    """A table that is no UTF-8 as one: Excel for Windows saves what it calls CSV in its own encoding."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content
    try:
        content.decode("utf-8")
        return content
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace").encode()


def _why_nothing(rows: Sequence[Row]) -> str:
    broken = next((row.reason for _, row in rows if isinstance(row, Unreadable) and row.kind == DAMAGED_FILE), "")
    return broken or "there is no row below the header"


@dataclass(frozen=True)
class Asked:
    """What a row asks: its product, and the offer where it states a price. `doubt`: what of it could not be read."""

    request: PriceRequest
    offer: Mapping[str, Any] | None = None
    doubt: str = ""


def asked_of(row: Record | Unreadable, columns: Columns) -> Asked | str:
    """Of one row; else why it cannot be priced."""
    if isinstance(row, Unreadable):
        return row.reason
    told = {name: row.get(column) for name in ("title", "description", "category") if (column := columns.of(name)) is not None}
    try:
        request = cut_request(_text(told.get("title")), _text(told.get("description")))
    except ValidationError:
        return "no text: neither title nor description"
    category = _text(told.get("category"))
    if 0 < len(category) <= MAX_CATEGORY:
        request = request.model_copy(update={"category": category})
    stated = row.get(columns.of("price") or "")
    price = dollars(stated)
    if price is None:
        return Asked(request, None, f"the price {_text(stated)[:40]!r} is none in dollars" if _text(stated) else "")
    offer: dict[str, Any] = {"price": round(max(price, 0.001), 3), "published": False}
    if condition := _CONDITIONS.get(_text(row.get(columns.of("condition") or "")).lower().replace("-", " ")):
        offer["condition"] = condition
    if retailer := _text(row.get(columns.of("retailer") or ""))[:200]:
        offer["retailer"] = retailer
    return Asked(request, offer)


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def write_table(path: Path, kind: str, table: Table, answers: Sequence[Answer]) -> None:
    """The rows with their own columns and ours. No text of theirs is a formula in it."""
    names = [*table.names, *(name if name not in table.names else f"{name} (priced)" for name in _ADDED)]
    rows = (_values(row, table.names, answer) for (_, row), answer in zip(table.rows, answers, strict=True))
    if kind == XLSX:
        with path.open("wb") as file:
            xlsx_table.write(file, names, rows)
        return
    with path.open("w", encoding="utf-8-sig", newline="") as text:  # the mark by which Excel knows UTF-8
        csv.writer(text).writerows([harmless(value) for value in values] for values in _with_header(names, rows))


def _with_header(names: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterable[Sequence[object]]:
    yield names
    yield from rows


def _values(row: Record | Unreadable, names: Sequence[str], answer: Answer) -> list[object]:
    own = [None if isinstance(row, Unreadable) else row.get(name) for name in names]
    return [*own, answer.price, answer.low, answer.high, answer.verdict, answer.saving, answer.error]
