"""Rows of a CSV with a header, from an open file. Knows nothing of how files are packed or opened.

Spreadsheets write several dialects, so what a file is told by its first bytes and its header: the encoding, and what separates
fields. A quote that is never closed costs the row in which it stands, and not those after it.
"""

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from itertools import zip_longest
from typing import IO, cast

from common.product_files.columns import column_name
from common.product_files.packed import DAMAGED
from common.product_files.record import DAMAGED_FILE, NOT_THE_TABLE, OPEN_QUOTE, Row, Unreadable
from common.product_files.text_encoding import encoding_of

MAX_FIELD = 10_000_000  # characters of a field, and of a line
MAX_LINES = 1_000  # of a row: beyond them, its quote was never meant to open
_SEPARATORS = ",;\t|"
_NAMED = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # the line by which a file tells its separator to Excel
_QUOTED = re.compile(r'"[^"]*"')


class _Lines:
    """The lines of a table. `taken`: those of the row that is being read, which can be put back."""

    def __init__(self) -> None:
        self.text: io.TextIOWrapper | None = None  # until the file's encoding is known
        self.taken: list[str] = []
        self.number = 0
        self._waiting = deque[str]()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) == MAX_LINES:
            raise StopIteration
        line = self._waiting.popleft() if self._waiting else self._read()
        if not line:
            raise StopIteration
        if len(line) > MAX_FIELD:  # csv looks at a line's length only when it has the whole of it
            raise EOFError(f"a line of more than {MAX_FIELD:,} characters")
        self.taken.append(line)
        self.number += 1
        return line

    def _read(self) -> str:
        return self.text.readline(MAX_FIELD + 1) if self.text else ""

    def put_back(self, kept: int) -> None:
        """All but the first `kept` lines of the row will come again."""
        self._waiting.extendleft(reversed(self.taken[kept:]))
        self.number -= len(self.taken[kept:])
        del self.taken[kept:]


def read(file: IO[bytes]) -> Iterator[Row]:
    """Every row, in order, also one that cannot be read. Bytes that are no text become U+FFFD, as spreadsheets show them."""
    csv.field_size_limit(MAX_FIELD)  # the whole process's: another reader may have set it
    buffered = io.BufferedReader(cast(io.RawIOBase, file))
    lines = _Lines()
    try:
        lines.text = io.TextIOWrapper(buffered, encoding_of(buffered.peek(4)), "replace", newline="")
        yield from _rows(lines)
    except DAMAGED as exc:
        why = f"line {lines.number}: the file cannot be read from here on ({exc})"
        yield lines.number + 1, Unreadable(why, DAMAGED_FILE)
    finally:  # the file is whoever opened it's to close
        if lines.text:
            lines.text.detach()
        buffered.detach()


def _rows(lines: _Lines) -> Iterator[Row]:
    separator = _separator(lines)
    parser = csv.reader(lines, delimiter=separator, strict=True)
    header: list[str] = []
    while (cells := _cells(parser, lines, separator)) is not None:
        if isinstance(cells, Unreadable):
            yield lines.number, cells
        elif not header:
            header = [column_name(name) for name in cells]
        elif len(cells) > len(header):
            extra = f"line {lines.number}: {len(cells) - len(header)} more fields than the header"
            yield lines.number, Unreadable(extra, NOT_THE_TABLE)
        elif cells:
            yield lines.number, dict(zip_longest(header, cells))


def _cells(parser: Iterator[list[str]], lines: _Lines, separator: str) -> list[str] | Unreadable | None:
    """The next row's, none of which may be for a blank line; None at the end."""
    lines.taken.clear()
    try:
        return next(parser, None)
    except csv.Error:
        lines.put_back(kept=1)
    alone = csv.reader([*lines.taken, ""], delimiter=separator)
    try:
        cells = next(alone)
    except csv.Error as exc:
        return Unreadable(f"line {lines.number}: {exc}", NOT_THE_TABLE)
    if alone.line_num > 1:
        return Unreadable(f"line {lines.number}: a quote is opened and not closed", OPEN_QUOTE)
    return cells


def _separator(lines: _Lines) -> str:
    """What the file says itself, else the sign of which its header has the most outside of quotes."""
    first = next(lines, "")
    if named := _NAMED.fullmatch(first):
        return named[1]
    lines.put_back(kept=0)
    outside = _QUOTED.sub("", first)
    return max(_SEPARATORS, key=outside.count)
