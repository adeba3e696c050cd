"""Goods that people know by name, beside the listings: brand goods of many shops, our catalogue, and what deals' goods cost.

Each row tells its family (FAMILIES) and, where that is known, the year, the kind of price and the condition. All prices are US
dollars. Knows nothing of models.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path

from common.product_files.product_text import words_of
from training.data.rows import Row, read_records, read_rows
from training.data.shingles import compared_words

LISTING, NAMED, CATALOGUE, DEAL = FAMILIES = ("listing", "named", "catalogue", "deal")
NAMED_FILE, NAMED_DEV_FILE, DEALS_FILE = "products-named.jsonl.xz", "products-named-dev.jsonl.xz", "deals-market.jsonl.xz"
CATALOGUE_FILE = "goods.csv"  # of a folder that brings a catalogue of its own; else the one that comes with frontier-rag
GOODS = Path(str(resources.files("frontier_rag").joinpath("catalogue", CATALOGUE_FILE)))
MARKET_KINDS = ("next_best", "history", "regular", "list")  # of a deal's market price, the most trusted first
PERSON = "person"  # kind of what a person says that a deal's thing is worth
TRUSTED_KINDS = (*MARKET_KINDS[:2], PERSON)  # what a thing otherwise costs; the others are the seller's claims about itself
SAME_UNIT = ("same offer kind", "same condition")  # the market price is that of such a unit as the deal's
USED_WORDS = re.compile(r"\b(?:used|renewed|refurb\w*|pre-?owned|open[ -]box)\b", re.IGNORECASE)
_MODEL = re.compile(r"(?=[a-z]*\d)[a-z\d]{3,}")  # a word with a digit in it: what most makers call their models
_PLAIN_UNIT = re.compile(r"\d+(?:gb|tb|mb|oz|ml|in|inch|ft|mm|cm|hz|ghz|mhz|mah|pack|pc|ct|w|v|k|p|x\d*)")


def family_of(row: Row) -> str:
    """One of FAMILIES; a row that does not say is a listing."""
    return str(row.extra.get("family") or LISTING)


def told_condition(row: Row) -> Row:
    """A row whose condition is not new says so in its features, unless its title does: the text is all that a pricer sees."""
    if row.condition == "new" or USED_WORDS.search(row.title):
        return row
    return replace(row, features=(*row.features, f"Condition: {row.condition}"))


def _of_family(row: Row, family: str) -> Row:
    return replace(row, extra=row.extra | {"family": family})


def read_named(path: Path) -> list[Row]:
    """Brand goods with price_kind, year, condition and brand beside the usual keys."""
    return [told_condition(_of_family(row, NAMED)) for row in read_rows(path) if row.is_priced]


def named_title(brand: str, name: str) -> str:
    """The name behind the brand, which is not said twice."""
    return name if not brand or words_of(name)[: len(words_of(brand))] == words_of(brand) else f"{brand} {name}"


def read_catalogue(path: Path) -> list[Row]:
    """The catalogue's products at their street prices, which are the number to trust there."""
    with path.open(encoding="utf-8", newline="") as file:
        found = [_catalogue_row(record) for record in csv.DictReader(file)]
    return [told_condition(row) for row in found if row.is_priced]


def _catalogue_row(record: dict[str, str]) -> Row:
    return Row(
        title=record["title"],
        description=(record["text"],) if record["text"] else (),
        price=float(record["street"]),
        main_category=record["category"],
        extra={
            "family": CATALOGUE,
            "source": CATALOGUE,
            "brand": record["brand"],
            "year": record["year"],
            "list_price": float(record["list"]),
            "condition": record["condition"],
        },
    )


def read_deals(path: Path) -> list[Row]:
    """What the goods of deals otherwise cost, by the deal's subject: the title without its price.

    Left out: other currencies, a market price that is a new unit's where the deal's own unit is none, and deals without any.
    """
    return [
        _deal_row(record)
        for record in read_records(path)
        if record.get("currency") == "USD"
        and record.get("basis") in ("same offer kind", "same condition")
        and record.get("subject")
        and record.get("market_price")
    ]


def _deal_row(record: dict[str, object]) -> Row:
    condition = str(record.get("condition") or "")
    row = Row(
        title=str(record["subject"]),
        price=float(str(record["market_price"])),
        main_category=str(record.get("category") or ""),
        extra={
            "family": DEAL,
            "source": f"deals-{record['market_kind']}",
            "price_kind": record["market_kind"],
            "year": str(record.get("date") or "")[:4],
            "condition": condition if condition in ("used", "refurbished", "open box") else "new",
            "collected": record.get("source"),
        },
    )
    return told_condition(row)


def is_trusted(row: Row) -> bool:
    """Whether a deal's market price is what others ask or what was asked before, by a source that is not a market of many sellers.

    Such deals say what an offer is worth; no pricer is fitted on them, so that the judge of offers can be.
    """
    return row.price_kind in TRUSTED_KINDS and not str(row.extra.get("collected")).startswith("ebay")


def product_keys(rows: Sequence[Row]) -> list[str]:
    """A name for the product of each row, the same in all shops: its brand and model, or the first words where it has no model."""
    return [_product_key(row) for row in rows]


def _product_key(row: Row) -> str:
    words = compared_words(row.title)
    brand = " ".join(words_of(str(row.extra.get("brand") or ""))) or (words[0] if words else "")
    models = list(_models(words))
    return f"{brand}|{max(models, key=len)}" if models else " ".join(words[:5])


def _models(words: Sequence[str]) -> Iterator[str]:
    return (word for word in words if _MODEL.fullmatch(word) and not _PLAIN_UNIT.fullmatch(word) and not word.isdigit())
