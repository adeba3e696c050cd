"""Writes the priced catalogue: the input's rows in their order, with price, low, high, model and error beside their columns.

An input column of one of these names is kept as input_<name>. JSON Lines, CSV or Parquet. Rows pass in blocks: memory is that
of one block, whatever the catalogue's size.
"""

import csv
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.product_files.columns import kept_names
from common.product_files.reading import kind_of
from common.product_files.record import Record, Unreadable
from training.catalogue.asking import Priced
from training.catalogue.parquet_types import Untypable, arrays_of, infer, input_types

RESULTS = ("price", "low", "high", "model", "error")
TEXTS = ("described", "written_by", "narrowed")  # beside them, where texts were asked for
_IN_WORDS = ("model", "error", "described", "written_by")
Block = tuple[Sequence[Record | Unreadable], Sequence[Priced]]
Blocks = Callable[[], Iterator[Block]]  # from the start at each call


def merged(row: Record | Unreadable, priced: Priced, names: Sequence[str] = RESULTS) -> Record:
    """A row of the output; of a row that could not be read only the results."""
    record = {} if isinstance(row, Unreadable) else row
    kept = {new: record[name] for name, new in kept_names(list(record), names).items()}
    return kept | {name: None if (value := getattr(priced, name)) == "" else value for name in names}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


@dataclass(frozen=True)
class _Table:
    """What is written: rows with results of these names; `source`: the catalogue that was priced."""

    blocks: Blocks
    source: Path
    names: Sequence[str]

    def records(self) -> Iterator[list[Record]]:
        for rows, results in self.blocks():
            yield [merged(row, priced, self.names) for row, priced in zip(rows, results, strict=True)]


def _write_jsonl(path: Path, table: _Table) -> None:
    with path.open("w", encoding="utf-8") as file:
        for records in table.records():
            file.writelines(json.dumps(record, default=str) + "\n" for record in records)


def _write_csv(path: Path, table: _Table) -> None:
    names = {name: None for records in table.records() for record in records for name in record if name not in table.names}
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.DictWriter(file, [*names, *table.names])
        writer.writeheader()
        for records in table.records():
            writer.writerows({name: "" if value is None else _text(value) for name, value in record.items()} for record in records)


def _write_parquet(path: Path, table: _Table) -> None:
    import pyarrow
    from pyarrow import parquet

    results = {name: pyarrow.string() if name in _IN_WORDS else pyarrow.float64() for name in table.names}
    if kind_of(table.source) == "parquet":
        found = input_types(table.source)
        types = {new: found[name] for name, new in kept_names(list(found), table.names).items()}
    else:
        types = infer(table.records(), table.names)
    while True:
        try:
            with parquet.ParquetWriter(path, pyarrow.schema([*types.items(), *results.items()]), compression="zstd") as writer:
                for records in table.records():
                    writer.write_batch(arrays_of(records, types | results))
            return
        except Untypable as exc:
            types[exc.name] = pyarrow.string()  # as JSON text; once a column at most


@dataclass(frozen=True)
class Written:
    """The catalogue that was priced, where it goes, and whether its rows were described."""

    source: Path
    target: Path
    has_texts: bool = False


def write(catalogue: Written, blocks: Blocks, temporary: Path) -> None:
    """Write the target by the end of its name, by way of `temporary` on the same disk."""
    writers: dict[str, Any] = {"jsonl": _write_jsonl, "csv": _write_csv, "parquet": _write_parquet}
    names = (*RESULTS, *TEXTS) if catalogue.has_texts else RESULTS
    writers[kind_of(catalogue.target)](temporary, _Table(blocks, catalogue.source, names))
    os.replace(temporary, catalogue.target)
