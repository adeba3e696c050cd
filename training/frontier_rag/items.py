"""The products that go into a collection: read from any file of rows or items, each once.

Takes what items_curate writes (Parquet with title, category, price, text) and the raw shape of Amazon-Reviews-2023, plain or
packed. Knows nothing of vectors or stores.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.product_files.product_text import squeeze
from training.data import curated
from training.data.rows import Row, contents_text
from training.data.shingles import RepeatIndex
from training.evaluation.evaluation_file import Rejects, read

LONGEST_TITLE = 300  # characters
Told = Callable[[str, int, int], None]  # what is done, how much of how much
SAME_PRICE = 0.05  # of the larger: a repeat at another price is a variant, whose price says something


@dataclass(frozen=True, slots=True)
class Item:
    """A product with the whole text that is embedded: title, line break, contents. `id` is decided by all of it."""

    id: str
    title: str
    contents: str
    category: str
    price: float

    @property
    def text(self) -> str:
        """As a request's title and description would be put together."""
        return "\n".join(part for part in (self.title, self.contents) if part)


def item_of(row: Row) -> Item:
    """The item of a row; one that was curated has its text made already."""
    curated, category = row.extra.get("text"), row.main_category or str(row.extra.get("category") or "")
    if isinstance(curated, str) and curated.strip():
        title, _, contents = curated.partition("\n")
    else:
        title, contents = row.title, contents_text(row)
    title, contents, price = squeeze(title), squeeze(contents), float(row.price or 0)
    digest = hashlib.sha256("\0".join((title, contents, category, repr(price))).encode()).hexdigest()
    return Item(digest[:24], title[:LONGEST_TITLE], contents, category, price)


def read_items(files: Sequence[Path], rejects: Rejects) -> list[Item]:
    """The distinct items of all files, in the order of their ids, which no order of files changes."""
    found = {item.id: item for file in files for item in _items(fitted_file(file), rejects)}
    return [found[name] for name in sorted(found)]


def fitted_file(path: Path) -> Path:
    """The file itself; of a folder that items_curate made, the part that may be shown: the others are held out."""
    return path / curated.FIT if curated.is_curated(path) else path


def _items(file: Path, rejects: Rejects) -> Iterator[Item]:
    return (item_of(row) for row in read(file, rejects))


def drop_repeats(items: Sequence[Item], told: Callable[[int], None] = lambda _: None) -> list[Item]:
    """Those that repeat no kept one before them at about its price. `told` hears how many were looked at.

    Memory: some 9 KB an item of 140 words while it runs, time 0.6 ms (160,000 texts: 1.4 GB, 97 s).
    """
    index = RepeatIndex([item.text for item in items])
    kept: set[int] = set()
    told(0)
    for i, item in enumerate(items):
        if not any(j in kept and _is_same_price(item.price, items[j].price) for j in index.repeated_by(item.text)):
            kept.add(i)
        told(i + 1)
    return [items[i] for i in sorted(kept)]


def _is_same_price(one: float, other: float) -> bool:
    return abs(one - other) <= SAME_PRICE * max(one, other)


def gather(files: Sequence[Path], told: Told, *, keep_repeats: bool) -> tuple[list[Item], dict[str, Any]]:
    """The items of all files without repeats, and what was read; SystemExit where there is none."""
    rejects = Rejects()
    read = read_items(files, rejects)
    items = read if keep_repeats else drop_repeats(read, lambda done: told("comparing", done, len(read)))
    if not items:
        raise SystemExit(f"no product with a price and a text in {', '.join(map(str, files))}: {'; '.join(rejects.reasons)}")
    facts = {"distinct": len(read), "repeats": len(read) - len(items), "rejected": rejects.count, "reasons": rejects.reasons}
    return items, facts
