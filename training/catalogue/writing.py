"""Writes the priced catalogue: the input's rows in their order, with price, low, high, model and error beside their columns.

An input column of one of these names is kept as input_<name>. JSON Lines, CSV or Parquet. Rows pass in blocks: memory is that
of one block, whatever the catalogue's size.
"""

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from common.product_files.reading import kind_of
from common.product_files.record import Record, Unreadable
from training.catalogue.asking import Priced
from training.catalogue.parquet_types import Untypable, arrays_of, infer, input_types

RESULTS = ("price", "low", "high", "model", "error")
Block = tuple[Sequence[Record | Unreadable], Sequence[Priced]]
Blocks = Callable[[], Iterator[Block]]  # from the start at each call


def kept_names(names: Iterable[str]) -> dict[str, str]:
    """Input columns and what they are called in the output; none of these is one of RESULTS, and no two are the same."""
    kept = {name: name for name in names if name not in RESULTS}
    for name in names:
        if name not in kept:
            new = f"input_{name}"
            while new in kept.values():
                new = f"input_{new}"
            kept[name] = new
    return {name: kept[name] for name in names}


def merged(row: Record | Unreadable, priced: Priced) -> Record:
    """A row of the output; of a row that could not be read only the results."""
    record = {} if isinstance(row, Unreadable) else row
    kept = {new: record[name] for name, new in kept_names(list(record)).items()}
    results = (priced.price, priced.low, priced.high, priced.model or None, priced.error or None)
    return kept | dict(zip(RESULTS, results, strict=True))


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _records(blocks: Blocks) -> Iterator[list[Record]]:
    for rows, results in blocks():
        yield [merged(row, priced) for row, priced in zip(rows, results, strict=True)]


def _write_jsonl(path: Path, blocks: Blocks, _: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for records in _records(blocks):
            file.writelines(json.dumps(record, default=str) + "\n" for record in records)


def _write_csv(path: Path, blocks: Blocks, _: Path) -> None:
    names = {name: None for records in _records(blocks) for record in records for name in record if name not in RESULTS}
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.DictWriter(file, [*names, *RESULTS])
        writer.writeheader()
        for records in _records(blocks):
            writer.writerows({name: "" if value is None else _text(value) for name, value in record.items()} for record in records)


def _write_parquet(path: Path, blocks: Blocks, source: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    results = {name: pyarrow.string() if name in ("model", "error") else pyarrow.float64() for name in RESULTS}
    if kind_of(source) == "parquet":
        found = input_types(source)
        types = {new: found[name] for name, new in kept_names(list(found)).items()}
    else:
        types = infer(_records(blocks), RESULTS)
    while True:
        try:
            with parquet.ParquetWriter(path, pyarrow.schema([*types.items(), *results.items()]), compression="zstd") as writer:
                for records in _records(blocks):
                    writer.write_batch(arrays_of(records, types | results))
            return
        except Untypable as exc:
            types[exc.name] = pyarrow.string()  # as JSON text; once a column at most


def write(target: Path, blocks: Blocks, source: Path, temporary: Path) -> None:
    """Write `target` by the end of its name, by way of `temporary` on the same disk. `source`: the catalogue that was priced."""
    writers: dict[str, Any] = {"jsonl": _write_jsonl, "csv": _write_csv, "parquet": _write_parquet}
    writers[kind_of(target)](temporary, blocks, source)
    os.replace(temporary, target)
