"""Rows of a CSV with a header, from an open file. Knows nothing of how files are packed or opened."""

import csv
import io
from collections.abc import Iterator
from typing import IO, Any, cast

from common.product_files.packed import DAMAGED
from common.product_files.record import DAMAGED_FILE, NOT_THE_TABLE, Row, Unreadable

MAX_FIELD = 10_000_000  # characters of a field, and of a line


def _lines(text: io.TextIOBase) -> Iterator[str]:
    """csv looks at a line's length only when it has the whole of it."""
    while line := text.readline(MAX_FIELD + 1):
        if len(line) > MAX_FIELD:
            raise csv.Error(f"a line of more than {MAX_FIELD:,} characters")
        yield line


def read(file: IO[bytes]) -> Iterator[Row]:
    """Every row, in order, also one that cannot be read. Bytes that are no UTF-8 become U+FFFD, as spreadsheets show them."""
    csv.field_size_limit(MAX_FIELD)  # the whole process's: another reader may have set it
    text = io.TextIOWrapper(cast(io.BufferedReader, file), "utf-8-sig", "replace", newline="")
    rows = csv.DictReader(_lines(text))
    try:
        for row in rows:
            extra = cast(dict[Any, Any], row).pop(None, None)
            yield rows.line_num, row if extra is None else _too_many(rows.line_num, len(extra))
    except (csv.Error, *DAMAGED) as exc:
        why = f"line {rows.line_num}: the file cannot be read from here on ({exc})"
        yield rows.line_num + 1, Unreadable(why, DAMAGED_FILE)
    finally:
        text.detach()  # the file is whoever opened it's to close


def _too_many(line: int, fields: int) -> Unreadable:
    return Unreadable(f"line {line}: {fields} more fields than the header", NOT_THE_TABLE)
