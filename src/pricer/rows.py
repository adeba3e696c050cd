"""Rows of a file to be priced: CSV and JSON Lines by itself, all that training.catalogue reads where that can be imported.

Every row comes out, in order, also one that cannot be read: as Unreadable.
"""

import csv
import importlib.util
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

Row = dict[str, Any]
_MAX_FIELD = 10_000_000  # characters of one CSV field


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands for a row that cannot be read."""

    reason: str


def check(path: Path) -> None:
    """ValueError where rows of this kind of file cannot be read."""
    if _has_training():
        from training.catalogue import reading

        reading.kind_of(path)
    elif path.suffix not in (".csv", ".jsonl", ".json"):
        raise ValueError(f"{path} is neither .csv nor .jsonl; run from the project's folder to read packed files and Parquet")


def read(path: Path) -> Iterator[Row | Unreadable]:
    """All rows. OSError where the file cannot be opened."""
    if not _has_training():
        yield from _read_csv(path) if path.suffix == ".csv" else _read_lines(path)
        return
    from training.catalogue import reading

    for row in reading.read(path):
        yield Unreadable(row.reason) if isinstance(row, reading.Problem) else row


def count(path: Path) -> int:
    """How many rows there are."""
    return sum(1 for _ in read(path))


def item_of(row: Row | Unreadable) -> Row:
    """What is asked for a row; nothing for one that cannot be used, which the service refuses in its place."""
    if isinstance(row, Unreadable):
        return {}
    if (isinstance(row.get("description"), str) and "features" not in row) or not _has_training():
        return row
    from training.catalogue import reading

    request = reading.request_from(row)  # the texts of Amazon-Reviews-2023 metadata
    return {} if isinstance(request, reading.Problem) else request.model_dump(exclude_none=True)


def _has_training() -> bool:
    return importlib.util.find_spec("training") is not None


def _read_lines(path: Path) -> Iterator[Row | Unreadable]:
    with path.open("rb") as file:
        for line in file:
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as exc:
                yield Unreadable(f"not JSON in UTF-8 ({type(exc).__name__})")
                continue
            yield value if isinstance(value, dict) else Unreadable(f"an object was expected, not {type(value).__name__}")


def _read_csv(path: Path) -> Iterator[Row | Unreadable]:
    csv.field_size_limit(_MAX_FIELD)
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.DictReader(file)
        try:
            for row in rows:
                yield Unreadable(f"line {rows.line_num}: more fields than the header") if None in cast(Row, row) else row
        except csv.Error as exc:
            yield Unreadable(f"line {rows.line_num}: the file cannot be read from here on ({exc})")
