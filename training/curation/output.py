"""Writes the sample as train, validation and test in Parquet, in the order of a hash: shuffled, and the same in every run.

Rows are dealt to buckets on disk by their key and each bucket is sorted in memory, so memory is that of one bucket. Knows
nothing of how rows were chosen.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from specialist.prompt import prompt
from training.curation.duplicates import Ints
from training.curation.shards import Hashes, path_of
from training.curation.splits import SPLITS, Marks

BUCKET_ROWS, MOST_BUCKETS = 25_000, 500  # some 150 MB a bucket; a file is open for each
COLUMNS = ("title", "category", "price", "text", "prompt", "completion", "weight", "tokens", "characters", "source", "group")


@dataclass(frozen=True)
class Chosen:
    """The rows to write: positions among all shards' rows (ascending) and, for each, key, group and split."""

    positions: Ints
    keys: Hashes
    groups: Hashes
    marks: Marks


@dataclass(frozen=True)
class Columns:
    """What charts, the sample and the splits need of every row, without its texts: `codes` are positions in `categories`."""

    prices: npt.NDArray[np.float64]
    codes: npt.NDArray[np.int16]
    tokens: npt.NDArray[np.int32]
    characters: npt.NDArray[np.int32]
    categories: list[str]


def load_columns(folder: Path, numbers: Sequence[int]) -> Columns:
    """The columns of all shards, one after another."""
    from pyarrow import parquet

    names = {"price": np.float64, "category": np.int16, "tokens": np.int32, "characters": np.int32}
    parts: dict[str, list[npt.NDArray[Any]]] = {name: [np.empty(0, kind)] for name, kind in names.items()}
    known: dict[str, int] = {}
    for number in numbers:
        table = parquet.read_table(path_of(folder, number, "rows.parquet"), columns=list(names))
        for name in ("price", "tokens", "characters"):
            parts[name].append(table[name].to_numpy())
        coded = table["category"].combine_chunks().dictionary_encode()
        codes = np.array([known.setdefault(name, len(known)) for name in coded.dictionary.to_pylist()], np.int16)
        parts["category"].append(codes[coded.indices.to_numpy()])
    prices, codes, tokens, characters = (np.concatenate(part) for part in parts.values())
    return Columns(prices, codes, tokens, characters, list(known))


def completion(price: float) -> str:
    """What follows the prompt: the price to the nearest dollar."""
    return f"{round(price)}.00"


def _completed(table: Any, chosen: Chosen, rows: slice) -> Any:
    """The shard's rows with prompt, completion, group and what orders them."""
    import pyarrow

    texts, prices = table["text"].to_pylist(), table["price"].to_pylist()
    groups = [f"{group:016x}" for group in chosen.groups[rows].tolist()]
    added = {
        "prompt": pyarrow.array([prompt(text) for text in texts], pyarrow.string()),
        "completion": pyarrow.array([completion(price) for price in prices], pyarrow.string()),
        "group": pyarrow.array(groups, pyarrow.string()),
        "key": pyarrow.array(chosen.keys[rows]),
        "mark": pyarrow.array(chosen.marks[rows]),
    }
    for name, values in added.items():
        table = table.append_column(name, values)
    return table


def _tables(folder: Path, numbers: Sequence[int], sizes: Ints, chosen: Chosen) -> Iterator[Any]:
    """The chosen rows of one shard after another."""
    from pyarrow import parquet

    start = 0
    for number, size in zip(numbers, sizes.tolist(), strict=True):
        low, high = np.searchsorted(chosen.positions, (start, start + size))
        if high > low:
            table = parquet.read_table(path_of(folder, number, "rows.parquet")).take(chosen.positions[low:high] - start)
            yield _completed(table, chosen, slice(low, high))
        start += size


def _deal(tables: Iterator[Any], folder: Path, buckets: int) -> list[Path]:
    """Write each table's rows to the bucket of their key; the buckets that hold rows, in order."""
    import pyarrow

    writers: dict[Path, Any] = {}
    with ExitStack() as stack:
        for table in tables:
            high = table["key"].to_numpy() >> np.uint64(40)
            places = (high * np.uint64(buckets)) >> np.uint64(24)
            for bucket in np.unique(places).tolist():
                path = folder / f"bucket-{bucket:06d}.arrow"
                writers[path] = writers.get(path) or stack.enter_context(pyarrow.ipc.new_stream(str(path), table.schema))
                writers[path].write_table(table.filter(pyarrow.array(places == bucket)))
    return sorted(writers)


def _schema() -> Any:
    import pyarrow

    kinds = {"price": pyarrow.float64(), "weight": pyarrow.float32(), "tokens": pyarrow.int32(), "characters": pyarrow.int32()}
    return pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in COLUMNS])


def write_splits(target: Path, folder: Path, shards: tuple[Sequence[int], Ints], chosen: Chosen) -> dict[str, int]:
    """Write train.parquet, validation.parquet and test.parquet to `target`; rows of each. `shards`: numbers and sizes."""
    import pyarrow
    from pyarrow import parquet

    buckets = min(max(1, -(-len(chosen.positions) // BUCKET_ROWS)), MOST_BUCKETS)
    paths = _deal(_tables(folder, *shards, chosen), folder, buckets)
    counts = dict.fromkeys(SPLITS, 0)
    parts = {name: target / f"{name}.parquet.part" for name in SPLITS}
    with ExitStack() as stack:
        writers = [
            stack.enter_context(parquet.ParquetWriter(part, _schema(), compression="zstd", use_dictionary=["category"]))
            for part in parts.values()
        ]
        for path in paths:
            with pyarrow.memory_map(str(path)) as file:
                rows = pyarrow.ipc.open_stream(file).read_all().sort_by("key")
            marks = rows["mark"].to_numpy()
            for mark, name in enumerate(SPLITS):
                found = rows.filter(pyarrow.array(marks == mark)).select(list(COLUMNS))
                writers[mark].write_table(found.cast(_schema()), row_group_size=10_000)
                counts[name] += len(found)
            path.unlink()
    for name, part in parts.items():
        os.replace(part, target / f"{name}.parquet")
    return counts
