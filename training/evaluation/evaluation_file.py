"""Reads an evaluation file row by row: JSON Lines or CSV, plain or packed (.gz, .xz, .zst), or Parquet.

What cannot be used (not JSON, not text, no price, no words) is counted with a reason and never ends the reading. Unlike
training.data.rows, which refuses a damaged training file. Knows nothing of pricers.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from common.pricing import PriceRequest
from common.product_files.product_text import squeeze
from common.product_files.reading import JSON_LINES, PARQUET, kind_of, read_numbered
from common.product_files.record import HALF_A_CHARACTER, TOO_DEEP, Record, Unreadable
from common.product_files.request import cut_request
from training.data.rows import Row, contents_text, row_of

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


def _row(record: Record | Unreadable) -> Row | str:
    """The row, or why there is none."""
    if isinstance(record, Unreadable):
        return record.reason
    try:
        row = row_of(record)
        if isinstance(record.get("price"), bool) or row.price is None or not 0 < row.price <= MOST_DOLLARS:
            return f"no usable price: {record.get('price')!r}"[:100]
        json.dumps(record, ensure_ascii=False, default=str).encode()
        return row if squeeze(row.title) or contents_text(row) else "no text"
    except UnicodeEncodeError:
        return HALF_A_CHARACTER
    except RecursionError:
        return TOO_DEEP


def read(path: Path, rejects: Rejects) -> Iterator[Row]:
    """Rows with a positive price and some text; the rest goes to `rejects`. OSError where the file cannot be opened."""
    kind = kind_of(path, otherwise=JSON_LINES)
    for number, record in read_numbered(path, kind):
        row = _row(record)
        if isinstance(row, Row):
            yield row
        else:
            rejects.add(f"{'row' if kind == PARQUET else 'line'} {number}", row)


def sample(rows: list[_T], limit: int | None, seed: int) -> list[_T]:
    """All rows, or `limit` of them drawn at random and kept in their order: a file's first rows are rarely typical."""
    if limit is None or limit >= len(rows):
        return rows
    chosen = np.sort(np.random.default_rng(seed).choice(len(rows), limit, replace=False))
    return [rows[i] for i in chosen]


def request_of(row: Row) -> PriceRequest:
    """The row as a caller would send it, cut to what the pricing API takes. The category is left out: callers rarely have one."""
    return cut_request(row.title, contents_text(row))
