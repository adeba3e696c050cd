"""Rows of products: reading them all, the text a pricer sees, leaving out repeats of the evaluation rows, and the held-out split.

Every trainer imports this, so that all of them hold out the same rows and none of them sees a repeat of an evaluation row.
Knows nothing of models; prices are US dollars.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from common.product_files.product_text import contents_of, details_of, squeeze, texts_of
from common.product_files.reading import JSON_LINES, kind_of, read_numbered
from common.product_files.record import Record, Unreadable
from training.data.shingles import RepeatIndex, title_key

PRICE_MIN, PRICE_MAX = 0.5, 10_000.0
PUBLISHED_PRICE_MAX = 999.49  # of the published recipe, whose prices are one token of three digits
HELD_OUT_FRACTION, SPLIT_SEED = 0.12, 42
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Row:
    """One product. `extra` carries the keys that are not looked at here (split, source, ...)."""

    title: str
    description: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    details: str = "{}"
    price: float | None = None
    main_category: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """Where the row was collected; "" when unknown."""
        return str(self.extra.get("source") or "")

    @property
    def split(self) -> str:
        """The part of an evaluation file that the row belongs to; "" when it names none."""
        return str(self.extra.get("split") or "")

    @property
    def condition(self) -> str:
        """new, used, refurbished or open box, as far as the row tells; "new" where it says nothing."""
        return str(self.extra.get("condition") or "new")

    @property
    def price_kind(self) -> str:
        """What the price is: street (what a shop asked) or list (what the maker names), or the kind of a deal's market price."""
        return str(self.extra.get("price_kind") or "street")

    @property
    def year(self) -> int | None:
        """The year of the price; None when unknown."""
        found = re.search(r"(?:19|20)\d\d", str(self.extra.get("year") or ""))
        return int(found[0]) if found else None

    @property
    def is_priced(self) -> bool:
        """Whether the price lies in the range that pricers are trained for."""
        return self.price is not None and PRICE_MIN <= self.price <= PRICE_MAX


def _price(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, int | float | str | Decimal) else None
    except (ValueError, OverflowError):
        return None


def contents_behind(title: str, text: str) -> tuple[str, ...]:
    """What stands behind the title in the one text of an item that items_curate made; all of it where there is no title."""
    contents = text.removeprefix(title).lstrip("\n")
    return (contents,) if contents else ()


def _curated_contents(record: Record) -> tuple[str, ...]:
    text, title = record.get("text"), str(record.get("title") or "")
    is_item = isinstance(text, str) and (not title or text.startswith(f"{title}\n"))
    return contents_behind(title, str(text)) if is_item else ()


def row_of(record: Record) -> Row:
    """Row from one record of Amazon-Reviews-2023 metadata, or of what was curated from it.

    Missing keys are empty, an unreadable price is None.
    """
    known = {"title", "description", "features", "details", "price", "main_category"}
    return Row(
        title=str(record.get("title") or ""),
        description=texts_of(record.get("description")) or _curated_contents(record),
        features=texts_of(record.get("features")),
        details=details_of(record.get("details")),
        price=_price(record.get("price")),
        main_category=str(record.get("main_category") or ""),
        extra={k: v for k, v in record.items() if k not in known},
    )


def read_records(path: Path) -> Iterator[Record]:
    """Objects of a product file. ValueError names file and line of what is none, or of damage: nothing is left out unseen."""
    for number, found in read_numbered(path, kind_of(path, otherwise=JSON_LINES)):
        if isinstance(found, Unreadable):
            raise ValueError(f"{path}:{number}: {found.reason}")
        yield found


def read_rows(path: Path) -> Iterator[Row]:
    """Rows of a file in the raw shape of Amazon-Reviews-2023 metadata."""
    return (row_of(record) for record in read_records(path))


def contents_text(row: Row) -> str:
    """Everything but the title on one line; see contents_of."""
    return contents_of(row.title, row.description, row.features, row.details)


def product_text(row: Row) -> str:
    """What a pricer sees: the title on the first line, the rest on the second, as in a request with title and description."""
    return "\n".join(part for part in (squeeze(row.title), contents_text(row)) if part)


def drop_repeated_texts(items: Iterable[_T], texts: Iterable[str], of: Sequence[str]) -> list[_T]:
    """Those of `items` whose text (given beside) repeats none of the texts `of`."""
    index = RepeatIndex(of)
    return [item for item, text in zip(items, texts, strict=True) if not index.repeated_by(text)]


def drop_repeats(rows: Sequence[Row], of: Sequence[Row]) -> list[Row]:
    """Rows that repeat no row of `of`."""
    return drop_repeated_texts(rows, map(product_text, rows), [product_text(row) for row in of])


def group_names(texts: Sequence[str]) -> list[str]:
    """A name for the group of near-duplicates that each text belongs to: the smallest title in it."""
    index, parent = RepeatIndex(texts), list(range(len(texts)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    for i, text in enumerate(texts):
        for j in index.repeated_by(text):
            parent[root(j)] = root(i)
    names: dict[int, str] = {}
    for i, text in enumerate(texts):
        title = title_key(text)
        names[root(i)] = min(title, names.get(root(i), title))
    return [names[root(i)] for i in range(len(texts))]


def split_held_out(rows: Sequence[Row], fraction: float = HELD_OUT_FRACTION, seed: int = SPLIT_SEED) -> tuple[list[Row], list[Row]]:
    """(fit, held out): decided by a hash of the group of near-duplicates, so that a product's repeats stay on one side."""
    return split_by_name(rows, group_names([product_text(row) for row in rows]), fraction, seed)


def split_by_name(rows: Sequence[Row], names: Sequence[str], fraction: float, seed: int) -> tuple[list[Row], list[Row]]:
    """(fit, held out): decided by a hash of each row's name, so that rows of one name stay on one side."""
    fit: list[Row] = []
    held: list[Row] = []
    for row, name in zip(rows, names, strict=True):
        digest = hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest()
        (held if int.from_bytes(digest) < fraction * 2**64 else fit).append(row)
    return fit, held
