"""Reads an evaluation file row by row: JSON Lines, plain or packed (.gz, .xz, .zst), or Parquet.

What cannot be used (not JSON, not text, no price, no words) is counted with a reason and never ends the reading. Unlike
training.data.rows, which refuses a damaged training file. Knows nothing of pricers.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

from common.pricing import PriceRequest
from training.data.packed_files import DAMAGED, open_packed
from training.data.rows import Row, contents_text, row_of, squeeze

MAX_TITLE, MAX_DESCRIPTION = 1_000, 10_000  # characters: what the pricing API takes
MOST_DOLLARS = 1e9  # no product costs more: a number that is no price
SHOWN_PROBLEMS = 5
_T = TypeVar("_T")


@dataclass
class Rejects:
    """Rows that could not be used: how many, and the first few reasons."""

    count: int = 0
    reasons: list[str] = field(default_factory=list)

    def add(self, where: str, why: str) -> None:
        """Count one."""
        self.count += 1
        if len(self.reasons) < SHOWN_PROBLEMS:
            self.reasons.append(f"{where}: {why}")


def _lines(path: Path, rejects: Rejects) -> Iterator[tuple[str, object]]:
    with open_packed(path) as file:
        number = 0
        try:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    yield f"line {number}", json.loads(line)
                except (ValueError, RecursionError) as exc:
                    rejects.add(f"line {number}", f"not JSON in UTF-8 ({type(exc).__name__})")
        except DAMAGED as exc:
            rejects.add(f"after line {number}", f"the file is damaged or ends early ({exc})")


def _parquet(path: Path, rejects: Rejects) -> Iterator[tuple[str, object]]:
    import pyarrow
    import pyarrow.parquet

    number = 0
    try:
        for batch in pyarrow.parquet.ParquetFile(path).iter_batches(batch_size=1000):
            for record in batch.to_pylist():
                number += 1
                yield f"row {number}", record
    except pyarrow.ArrowException as exc:
        rejects.add(f"after row {number}", f"the file is damaged or not Parquet ({exc})")


def _row(record: object) -> Row | str:
    """The row, or why there is none."""
    if not isinstance(record, dict):
        return f"an object was expected, not {type(record).__name__}"
    row = row_of(cast(dict[str, Any], record))
    if isinstance(record.get("price"), bool) or row.price is None or not 0 < row.price <= MOST_DOLLARS:
        return f"no usable price: {record.get('price')!r}"[:100]
    try:
        json.dumps(record, ensure_ascii=False, default=str).encode()
        return row if squeeze(row.title) or contents_text(row) else "no text"
    except UnicodeEncodeError:
        return "text with half a character (a lone surrogate), which no service takes"
    except RecursionError:
        return "details are nested too deeply"


def read(path: Path, rejects: Rejects) -> Iterator[Row]:
    """Rows with a positive price and some text; the rest goes to `rejects`. OSError where the file cannot be opened."""
    records = _parquet(path, rejects) if path.suffix == ".parquet" else _lines(path, rejects)
    for where, record in records:
        row = _row(record)
        if isinstance(row, Row):
            yield row
        else:
            rejects.add(where, row)


def sample(rows: list[_T], limit: int | None, seed: int) -> list[_T]:
    """All rows, or `limit` of them drawn at random and kept in their order: a file's first rows are rarely typical."""
    if limit is None or limit >= len(rows):
        return rows
    chosen = np.sort(np.random.default_rng(seed).choice(len(rows), limit, replace=False))
    return [rows[i] for i in chosen]


def request_of(row: Row) -> PriceRequest:
    """The row as a caller would send it, cut to what the pricing API takes. The category is left out: callers rarely have one."""
    title, contents = squeeze(row.title)[:MAX_TITLE].strip(), contents_text(row)[:MAX_DESCRIPTION].strip()
    return PriceRequest(title=title, description=contents) if title and contents else PriceRequest(description=title or contents)
