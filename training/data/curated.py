"""The rows of a folder that items_curate made: train to fit on, validation to hold out, test to report on.

Curation has left out repeats and parted the splits by product, so that nothing is compared again here. Memory: some 2 KB an item.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from training.data.rows import Row, contents_behind, group_names, product_text

FIT, HELD, DEV = CURATED_FILES = ("train.parquet", "validation.parquet", "test.parquet")
COLUMNS = ("title", "category", "price", "text", "group")
GROUP, SOURCE = "curated_group", "amazon-2023"
BATCH_ROWS = 5_000


def is_curated(folder: Path) -> bool:
    """Whether the folder holds what items_curate leaves."""
    return all((folder / name).is_file() for name in CURATED_FILES)


def read_items(path: Path, limit: int | None = None) -> list[Row]:
    """The priced items of one split, the first `limit` of them. They count as listings of Amazon, whose shape they have."""
    found: list[Row] = []
    for row in _items(path):
        if limit is not None and len(found) >= limit:
            break
        if row.is_priced:
            found.append(row)
    return found


def _items(path: Path) -> Iterator[Row]:
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH_ROWS, columns=list(COLUMNS)):
            for title, category, price, text, group in zip(*(batch[name].to_pylist() for name in COLUMNS), strict=True):
                yield Row(title, contents_behind(title, text), (), "{}", price, category, {"source": SOURCE, GROUP: group})


def groups_of(rows: Sequence[Row]) -> list[str]:
    """A name for the product of each row: the one that curation gave it where all have one, else what their texts repeat."""
    told = [str(row.extra.get(GROUP) or "") for row in rows]
    return told if all(told) else group_names([product_text(row) for row in rows])
