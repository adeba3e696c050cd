"""The human baseline: a CSV of products for a person to price in a spreadsheet, and reading it back.

Tolerates what spreadsheets do to a CSV (a byte order mark, semicolons, reordered or extra rows and columns) and how people write
prices ("$1,299.99"). A blank price is no answer; what is not one price is an error that names its line, never a guess.
"""

import csv
import hashlib
import io
import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from common.product_files.product_text import squeeze
from training.data.rows import Row, contents_text, product_text

Floats = npt.NDArray[np.float64]
COLUMNS = ("id", "title", "description", "price")
LONGEST_CELL = 4_000  # characters; a spreadsheet's cell takes 32,767
MOST_BYTES = 50_000_000
MOST_FIELD = 131_072  # characters
FORMULA_STARTS = ("=", "+", "-", "@", "\t")  # a spreadsheet would run such a text
_PRICE = re.compile(r"(?:US)?\$?\s*(\d{1,3}(?:,\d{3})+|\d{1,9})(\.\d{1,4})?\s*(?:USD|dollars?)?", re.IGNORECASE)


class HumanFileError(Exception):
    """The CSV cannot be used; the message names the line and what is wrong with it."""


def id_of(row: Row) -> str:
    """A name for a product that survives sorting: a hash of its text. It starts with a letter, or 1e5... would become a number."""
    return "p" + hashlib.blake2b(product_text(row).encode(), digest_size=6).hexdigest()


def _cell(text: str) -> str:
    text = text[:LONGEST_CELL]
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def write(path: Path, rows: Sequence[Row]) -> int:
    """Write the rows without their prices, those of one text once; how many lines.

    FileExistsError rather than overwriting what a person has filled in.
    """
    sheet_rows = {id_of(row): row for row in rows}
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8-sig", newline="") as file:  # without the mark Excel takes UTF-8 for another encoding
        sheet = csv.writer(file)
        sheet.writerow(COLUMNS)
        sheet.writerows((name, _cell(squeeze(row.title)), _cell(contents_text(row)), "") for name, row in sheet_rows.items())
    try:
        path.hardlink_to(part)  # fails where the file is there, unlike a rename
    finally:
        part.unlink()
    return len(sheet_rows)


def price_of(text: str) -> float | None:
    """USD, None for a blank cell. ValueError for anything else than one price above zero."""
    text = text.strip()
    if not text:
        return None
    found = _PRICE.fullmatch(text)
    price = float(found[1].replace(",", "") + (found[2] or "")) if found else math.nan
    if not price > 0:
        raise ValueError(f"{text[:40]!r} is not a price in dollars such as 49, 49.99 or $1,299.99")
    return price


def _sheet(path: Path) -> "csv.DictReader[str]":
    """The lines of the file by column name, whatever its delimiter."""
    if path.stat().st_size > MOST_BYTES:
        raise HumanFileError(f"{path} is larger than {MOST_BYTES:,} bytes")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise HumanFileError(f"{path} is not UTF-8 text; save it as 'CSV UTF-8'") from exc
    csv.field_size_limit(MOST_FIELD)  # the whole process's: another reader may have raised it
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    sheet = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    sheet.fieldnames = [name.strip().lower() for name in sheet.fieldnames or ()]
    if not {"id", "price"} <= set(sheet.fieldnames):
        raise HumanFileError(f"{path}: the first line must name the columns id and price, as --human-write makes them")
    return sheet


def read(path: Path, rows: Sequence[Row]) -> tuple[Floats, int]:
    """(price of each row or NaN, how many rows were asked). HumanFileError names the line that cannot be used."""
    sheet = _sheet(path)
    answers: dict[str, float | None] = {}
    try:
        for line in sheet:
            # A cell may hold line breaks, so this is the line where the row ends, as an editor shows it.
            where = f"{path}:{sheet.line_num}"
            identity = (line["id"] or "").strip()
            if not identity and not (line["price"] or "").strip():
                continue
            if identity in answers:
                raise HumanFileError(f"{where}: the product {identity!r} stands there twice")
            try:
                answers[identity] = price_of(line["price"] or "")
            except ValueError as exc:
                raise HumanFileError(f"{where}: {exc}") from exc
    except csv.Error as exc:
        raise HumanFileError(f"{path}:{sheet.line_num}: not CSV: {exc}") from exc
    return _by_row(path, rows, answers)


def _by_row(path: Path, rows: Sequence[Row], answers: dict[str, float | None]) -> tuple[Floats, int]:
    names = [id_of(row) for row in rows]
    unknown = sorted(set(answers) - set(names))
    if unknown:
        raise HumanFileError(f"{path}: {len(unknown)} products are not among the rows to answer for, the first is {unknown[0]!r}")
    if not any(price is not None for price in answers.values()):
        raise HumanFileError(f"{path}: no price is filled in")
    prices = np.array([math.nan if (price := answers.get(name)) is None else price for name in names], np.float64)
    return prices, sum(name in answers for name in names)
