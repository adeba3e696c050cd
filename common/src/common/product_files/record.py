"""One row as it stands in a file: a record, or why there is none. Knows nothing of files.

What every reader says of a row that cannot be read is said here.
"""

import codecs
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]
# The kinds of rows that cannot be read: few, so that they can be counted.
NOT_UTF8, NOT_JSON, NOT_AN_OBJECT = "not UTF-8", "not JSON", "not an object"
TOO_LONG, TOO_DEEP, DAMAGED_FILE = "line too long", "nested too deep", "damaged file"
NOT_THE_TABLE, OPEN_QUOTE = "not the header's fields", "quote without end"
HALF_A_CHARACTER = "text with half a character (a lone surrogate), which no service takes"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands for a row that cannot be read: `reason` tells a person why, `kind` is what such rows are counted under."""

    reason: str
    kind: str = ""


Row = tuple[int, Record | Unreadable]  # with its number in the file, from 1: of its line, or in Parquet of the row


def whole(text: str) -> str:
    """The text with U+FFFD in the place of each half of a character (a lone surrogate), which no file and no terminal takes."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def json_of(line: bytes) -> Any:
    """The standard library's reading of a line: whole numbers of any size, and NaN. ValueError or RecursionError."""
    return json.loads(line.decode("utf-8"))


def record_of(line: bytes, loads: Callable[[bytes], Any] = json_of) -> Record | Unreadable:
    """The object that a line of JSON holds. A byte order mark, which `loads` may refuse, costs nothing."""
    try:
        value = loads(line)
    except (ValueError, RecursionError) as exc:
        if line.startswith(codecs.BOM_UTF8):
            return record_of(line.removeprefix(codecs.BOM_UTF8), loads)
        return _unreadable(line, exc)
    return value if isinstance(value, dict) else Unreadable(f"an object was expected, not {type(value).__name__}", NOT_AN_OBJECT)


def _unreadable(line: bytes, error: Exception) -> Unreadable:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as exc:
        return Unreadable(f"{NOT_UTF8}: {exc.reason} at byte {exc.start}", NOT_UTF8)
    if isinstance(error, RecursionError) or "depth limit" in str(error):  # the latter is orjson's
        return Unreadable(TOO_DEEP, TOO_DEEP)
    return Unreadable(f"{NOT_JSON}: {error}", NOT_JSON)
