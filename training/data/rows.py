"""Rows of products: reading them, the text a pricer sees, leaving out repeats of the evaluation rows, and the held-out split.

Every trainer imports this, so that all of them hold out the same rows and none of them sees a repeat of an evaluation row.
Knows nothing of models; prices are US dollars.
"""

import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from training.data.packed_files import open_packed
from training.data.shingles import RepeatIndex, words_of

PRICE_MIN, PRICE_MAX = 0.5, 999.49
HELD_OUT_FRACTION, SPLIT_SEED = 0.12, 42
# Keys that tell nothing about the price, or that a person who describes a product would not type.
NOISE = re.compile(
    r"rank|date|asin|upc|part ?(number|num|no)|model ?(number|no|info)|modelno|discontinued|shipping|pricing|customer review"
    r"|permission|download time|first listed|^tech$|batteries (included|required)|department|warranty description",
    re.IGNORECASE,
)
KEY_NAMES = {
    "shipweight": "weight",
    "item weight": "weight",
    "package dimensions": "dimensions",
    "product dimensions": "dimensions",
}
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
    def is_priced(self) -> bool:
        """Whether the price lies in the range that pricers are trained for."""
        return self.price is not None and PRICE_MIN <= self.price <= PRICE_MAX


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(v) for v in (value if isinstance(value, list | tuple) else [value]) if v)


def _price(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None


def row_of(record: dict[str, Any]) -> Row:
    """Row from one record of Amazon-Reviews-2023 metadata; missing keys are empty, an unreadable price is None."""
    known = {"title", "description", "features", "details", "price", "main_category"}
    details = record.get("details") or "{}"
    return Row(
        title=str(record.get("title") or ""),
        description=_texts(record.get("description")),
        features=_texts(record.get("features")),
        details=details if isinstance(details, str) else json.dumps(details),
        price=_price(record.get("price")),
        main_category=str(record.get("main_category") or ""),
        extra={k: v for k, v in record.items() if k not in known},
    )


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Objects of a JSON Lines file, plain or packed (.xz, .gz, .zst). ValueError names file and line of what is not an object."""
    with open_packed(path) as file, io.TextIOWrapper(file, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except json.JSONDecodeError as exc:
                raise ValueError(f"{path}:{number}: not JSON: {exc}") from exc
            if not isinstance(record, dict):
                raise ValueError(f"{path}:{number}: expected an object, got {type(record).__name__}")
            yield record


def read_rows(path: Path) -> Iterator[Row]:
    """Rows of a file in the raw shape of Amazon-Reviews-2023 metadata."""
    return (row_of(record) for record in read_records(path))


def squeeze(text: str) -> str:
    """Text with every run of white space as one space."""
    return " ".join(text.split())


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_flat(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(_flat(v) for v in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


@lru_cache(maxsize=1 << 12)
def _key_name(key: str) -> str | None:
    """What a key of details is called in a text; None for noise."""
    return None if NOISE.search(key) else KEY_NAMES.get(key.lower(), key.replace("_", " "))


def detail_pairs(details: str) -> list[tuple[str, str]]:
    """Useful (key, value) pairs of a row's details; unreadable JSON gives none."""
    try:
        found = json.loads(details)
    except json.JSONDecodeError:
        return []
    pairs = found.items() if isinstance(found, dict) else ()
    named = ((name, squeeze(_flat(v))) for k, v in pairs if (name := _key_name(k)) is not None)
    return [(key, value) for key, value in named if value and len(value) < 200]


def contents_text(row: Row) -> str:
    """Everything but the title on one line: description, features, and those details that the text does not state already."""
    body = squeeze(" ".join((*row.description, *row.features)))
    pairs = detail_pairs(row.details)
    if not pairs:
        return body
    said = f" {' '.join(words_of(row.title + ' ' + body))} "
    fresh = [f"{key} {value}" for key, value in pairs if f" {' '.join(words_of(value))} " not in said]
    return squeeze(" ".join((body, ", ".join(fresh))))


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
        title = " ".join(words_of(text.split("\n", 1)[0]))
        names[root(i)] = min(title, names.get(root(i), title))
    return [names[root(i)] for i in range(len(texts))]


def split_held_out(rows: Sequence[Row], fraction: float = HELD_OUT_FRACTION, seed: int = SPLIT_SEED) -> tuple[list[Row], list[Row]]:
    """(fit, held out): decided by a hash of the group of near-duplicates, so that a product's repeats stay on one side."""
    fit: list[Row] = []
    held: list[Row] = []
    for row, name in zip(rows, group_names([product_text(row) for row in rows]), strict=True):
        digest = hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest()
        (held if int.from_bytes(digest) < fraction * 2**64 else fit).append(row)
    return fit, held
