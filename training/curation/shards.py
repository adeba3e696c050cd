"""What a worker keeps of a chunk, on disk: rows in Parquet, and beside them the hashes by which duplicates are found.

The report is written last, through a rename: a chunk with a report is done and is not read again. Knows no rule.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.curation.chunks import Reject
from training.curation.stats import CurationStats

Hashes = npt.NDArray[np.uint64]
BANDS = 48  # of two MinHashes each: finds pairs that share a third of their shingles with 99.7 % (1 - (1 - 1/9)^48)


@dataclass(slots=True)
class Item:
    """One product on its way through the rules. `weight` in pounds; `characters` of contents before any cut."""

    title: str
    category: str
    price: float
    source: str
    contents: str
    characters: int
    weight: float | None = None
    text: str = ""
    tokens: int = 0


@dataclass
class Report:
    """What came of a chunk. `seconds` by stage, `lines` read, `kept` rows in the shard."""

    number: int
    lines: int
    kept: int
    stats: CurationStats
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Fingerprints:
    """By row: a key that orders rows and breaks ties, hashes of all words and of the title's, MinHash bands, shingles.

    `keys`, `words`, `titles` (n) uint64; `bands` (BANDS, n) uint64; `counts` (n) int32 and `shingles` (sum of counts) uint32,
    a row's shingles one after another.
    """

    keys: Hashes
    words: Hashes
    titles: Hashes
    bands: Hashes
    counts: npt.NDArray[np.int32]
    shingles: npt.NDArray[np.uint32]


def path_of(folder: Path, number: int, what: str) -> Path:
    """The file `what` (rows.parquet, keys.npz, bands.bin, shingles.bin, rejects.jsonl, report.json) of a chunk."""
    return folder / f"{number:06d}.{what}"


def _write_rows(path: Path, items: Sequence[Item]) -> None:
    import pyarrow
    from pyarrow import parquet

    names = ("title", "category", "price", "text", "weight", "tokens", "characters", "source")
    kinds = {"price": pyarrow.float64(), "weight": pyarrow.float32(), "tokens": pyarrow.int32(), "characters": pyarrow.int32()}
    columns = {name: pyarrow.array([getattr(item, name) for item in items], kinds.get(name, pyarrow.string())) for name in names}
    parquet.write_table(pyarrow.table(columns), path, compression="zstd", compression_level=1, use_dictionary=["category"])


def write_shard(folder: Path, items: Sequence[Item], prints: Fingerprints, rejects: Sequence[Reject], report: Report) -> None:
    """Write all files of a chunk, the report last."""
    number = report.number
    if items:
        _write_rows(path_of(folder, number, "rows.parquet"), items)
        np.savez(
            path_of(folder, number, "keys.npz"), keys=prints.keys, words=prints.words, titles=prints.titles, counts=prints.counts
        )
        prints.bands.tofile(path_of(folder, number, "bands.bin"))
        prints.shingles.tofile(path_of(folder, number, "shingles.bin"))
    if rejects:
        told = "".join(json.dumps([r.reason, r.line, r.offset, r.text], ensure_ascii=False) + "\n" for r in rejects)
        path_of(folder, number, "rejects.jsonl").write_text(told, encoding="utf-8")
    target = path_of(folder, number, "report.json")
    temporary = target.with_suffix(f".{os.getpid()}.part")
    known = {"lines": report.lines, "kept": report.kept, "seconds": report.seconds, "stats": report.stats.to_json()}
    temporary.write_text(json.dumps(known), encoding="utf-8")
    os.replace(temporary, target)


def read_report(folder: Path, number: int) -> Report | None:
    """The report of a chunk that is done, else None."""
    try:
        known: dict[str, Any] = json.loads(path_of(folder, number, "report.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Report(number, known["lines"], known["kept"], CurationStats.from_json(known["stats"]), known["seconds"])
