"""Rows of JSON Lines, a line each, from an open file. A line that is no record costs itself alone, whatever its length.

Knows nothing of how files are packed or opened.
"""

from collections.abc import Iterator
from typing import IO

from common.product_files.packed import DAMAGED
from common.product_files.record import DAMAGED_FILE, TOO_LONG, Row, Unreadable, record_of

MAX_LINE = 10_000_000  # bytes


def skip_line(file: IO[bytes], piece: int) -> int:
    """Bytes up to the end of the line, which are read away, `piece` at a time."""
    size = 0
    while part := file.readline(piece):
        size += len(part)
        if part.endswith(b"\n"):
            break
    return size


def bounded_lines(file: IO[bytes], longest: int = MAX_LINE) -> Iterator[tuple[bytes, int]]:
    """(the first `longest` bytes, how long it is) of every line with its end: a longer one never lies in memory as a whole."""
    while line := file.readline(longest):
        size = len(line)
        if size == longest and not line.endswith(b"\n"):
            size += skip_line(file, longest)
        yield line, size


def lines(file: IO[bytes], longest: int = MAX_LINE) -> Iterator[tuple[int, bytes | Unreadable]]:
    """Every line but blank ones, numbered. A packed file's damage is the last of them."""
    number = 0
    try:
        for line, size in bounded_lines(file, longest):
            number += 1
            if size > len(line):
                yield number, Unreadable(f"a line of more than {longest:,} bytes", TOO_LONG)
            elif not line.isspace():
                yield number, line
    except DAMAGED as exc:
        yield number + 1, Unreadable(f"after line {number}: the file is damaged or ends early ({exc})", DAMAGED_FILE)


def read(file: IO[bytes], longest: int = MAX_LINE) -> Iterator[Row]:
    """Every row, in order, also one that cannot be read."""
    return ((number, line if isinstance(line, Unreadable) else record_of(line)) for number, line in lines(file, longest))
