"""Reads a catalogue row by row: JSON Lines, plain or packed (.gz, .xz, .zst), CSV, likewise, or Parquet.

Every row comes out, in order, also one that cannot be read: as a Problem, so that input and output have the same rows.
Knows nothing of prices.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from pydantic import ValidationError

from common.pricing import PriceRequest
from training.data.packed_files import DAMAGED, PACKED, open_packed
from training.data.rows import row_of
from training.evaluation.evaluation_file import request_of

MAX_LINE, MAX_FIELD = 10_000_000, 10_000_000  # bytes of one line of JSON, characters of one CSV field
MAX_CATEGORY = 300  # characters: what the pricing API takes
BATCH_ROWS = 1_000
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """Stands for a row that cannot be read."""

    reason: str


def kind_of(path: Path) -> str:
    """jsonl, csv or parquet, by the end of the name. ValueError where it is none."""
    suffix = Path(path.stem).suffix if path.suffix in PACKED else path.suffix
    kinds = {".jsonl": "jsonl", ".json": "jsonl", ".csv": "csv", ".parquet": "parquet"}
    if suffix not in kinds or (suffix == ".parquet" and path.suffix in PACKED):
        raise ValueError(f"{path} is neither .jsonl nor .csv (either may be packed: {', '.join(PACKED)}) nor .parquet")
    return kinds[suffix]


def read(path: Path) -> Iterator[Record | Problem]:
    """All rows. OSError where the file cannot be opened; damage further on ends them with a Problem."""
    readers = {"jsonl": _read_lines, "csv": _read_csv, "parquet": _read_parquet}
    return readers[kind_of(path)](path)


def count(path: Path) -> int:
    """How many rows `read` will give."""
    if kind_of(path) == "jsonl":
        with open_packed(path) as file:
            return sum(1 for _ in _whole_lines(file))
    return sum(1 for _ in read(path))


def _whole_lines(file: IO[bytes]) -> Iterator[bytes | Problem]:
    rows = 0
    try:
        while line := file.readline(MAX_LINE):
            is_whole = line.endswith(b"\n") or len(line) < MAX_LINE
            while not is_whole:
                is_whole = (rest := file.readline(MAX_LINE)).endswith(b"\n") or not rest
                line = b""
            if not line:
                yield Problem(f"a line of more than {MAX_LINE:,} bytes")
            elif line.strip():
                yield line
            rows += 1
    except DAMAGED as exc:
        yield Problem(f"after line {rows}: the file is damaged or ends early ({exc})")


def _read_lines(path: Path) -> Iterator[Record | Problem]:
    with open_packed(path) as file:
        for line in _whole_lines(file):
            yield line if isinstance(line, Problem) else _record(line)


def _record(line: bytes) -> Record | Problem:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as exc:
        return Problem(f"not JSON in UTF-8 ({type(exc).__name__})")
    return value if isinstance(value, dict) else Problem(f"an object was expected, not {type(value).__name__}")


def _read_csv(path: Path) -> Iterator[Record | Problem]:
    """Bytes that are no UTF-8 become U+FFFD, as spreadsheets show them: they cost their character alone."""
    csv.field_size_limit(MAX_FIELD)
    with open_packed(path) as file:
        rows = csv.DictReader(io.TextIOWrapper(cast(io.BufferedReader, file), "utf-8-sig", "replace", newline=""))
        try:
            for row in rows:
                extra = cast(dict[Any, Any], row).pop(None, None)
                yield row if extra is None else Problem(f"line {rows.line_num}: {len(extra)} more fields than the header")
        except (csv.Error, *DAMAGED) as exc:
            yield Problem(f"line {rows.line_num}: the file cannot be read from here on ({exc})")


def _read_parquet(path: Path) -> Iterator[Record | Problem]:
    import pyarrow
    from pyarrow import parquet

    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                for record in batch.to_pylist():
                    number += 1
                    yield record
    except pyarrow.ArrowException as exc:
        yield Problem(f"after row {number}: the file is damaged or not Parquet ({exc})")


def request_from(row: Record | Problem) -> PriceRequest | Problem:
    """What a pricer is asked: title, description and category, or the texts of Amazon-Reviews-2023 metadata."""
    if isinstance(row, Problem):
        return row
    category = row.get("category")
    try:
        json.dumps(row, ensure_ascii=False, default=str).encode()
        request = request_of(row_of(row))
        named = category.strip() if isinstance(category, str) else ""
        return request.model_copy(update={"category": named}) if 0 < len(named) <= MAX_CATEGORY else request
    except UnicodeEncodeError:
        return Problem("text with half a character (a lone surrogate), which no service takes")
    except RecursionError:
        return Problem("nested too deeply")
    except ValidationError:
        return Problem("no text: neither title nor description")
