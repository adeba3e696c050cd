"""Published deals with what the thing otherwise cost, as cases to judge. Knows no model.

Rows are as in deals-market: title, text, subject (the title without its price), price, list_price, market_price, market_kind,
category, retailer, condition, basis, currency, source. Only title, price, market_price and market_kind must be there; a row
that names no currency is in dollars.
"""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.judging import CLAIMS, Condition, Reference
from common.pricing import MAX_CATEGORY, MAX_TITLE, PriceRequest
from ensemble.judge.terms import OfferFacts
from scanner.prices.product_text import product_title
from scanner.references.offer import Offer
from scanner.references.rule_reader import read_by_rules
from training.data.market import PERSON, SAME_UNIT, TRUSTED_KINDS, product_keys
from training.data.rows import Row, read_records

WEAK = ("ebay", "brand_stores")  # sources whose claims nobody checks: a market of many sellers, and makers' own shops
SAME_AMOUNT = 1.0  # dollars within which two amounts are the same one
USUAL = "usual"  # kind of a price that is the product's own: no deal
CONDITIONS: dict[str, Condition] = {"used": "used", "refurbished": "refurbished", "open box": "open-box"}


@dataclass(frozen=True)
class Case:
    """One deal. `market`: what the thing otherwise cost, in USD, as `kind` says; `product` names it in all its deals.

    `references`: what was read from title and text, and the list price that the page shows beside them, unless that is what
    `market` was taken from; `offer` knows none of it.
    """

    title: str
    text: str
    offer: OfferFacts
    market: float
    kind: str
    source: str
    product: str
    references: tuple[Reference, ...] = ()

    @property
    def y(self) -> float:
        """ln(market price / asked price)."""
        return math.log(self.market / self.offer.price)

    @property
    def is_trusted(self) -> bool:
        """Whether the market price is what others ask or what was asked before, not the seller's claim about itself."""
        return self.kind in TRUSTED_KINDS

    @property
    def request(self) -> PriceRequest:
        """What the pricers are asked: the product and its condition, no price."""
        name = self.offer.title[:MAX_TITLE]
        condition = self.offer.condition.replace("-", " ")  # as services say it
        told = name if condition == "new" else f"{name}\nCondition: {condition}"
        return PriceRequest(description=told, category=self.offer.category[:MAX_CATEGORY] or None)

    def fold(self, folds: int) -> int:
        """Its fold of so many, from 0, in a cross-validation: deals of one product share theirs."""
        return int.from_bytes(hashlib.blake2b(self.product.encode(), digest_size=8).digest()) % folds


def read_cases(path: Path, is_all: bool = False) -> list[Case]:
    """The file's deals that are usable, in its order. In a row of another currency all amounts are of that one, and its worth is.

    References are those that the scanner reads by rules, as it does where there is no chat model.
    """
    records = [record for record in read_records(path) if is_usable(record, is_all)]
    keys = product_keys([Row(str(record.get("subject") or record["title"])) for record in records])
    return [_case(record, key) for record, key in zip(records, keys, strict=True)]


def is_usable(record: dict[str, Any], is_all: bool = False) -> bool:
    """Whether a row has both prices and, unless `is_all`, is in dollars, of no weak source, and tells the same unit's price."""
    if not (record.get("market_price") or 0) > 0 or not (record.get("price") or 0) > 0:
        return False
    source = str(record.get("source"))
    return is_all or (
        record.get("currency", "USD") == "USD" and not source.startswith(WEAK) and record.get("basis", SAME_UNIT[0]) in SAME_UNIT
    )


def _case(record: dict[str, Any], product: str) -> Case:
    title, text, price = str(record["title"]), str(record.get("text") or ""), float(record["price"])
    offer = OfferFacts(
        title=str(record.get("subject") or product_title(title)),
        price=price,
        category=str(record.get("category") or ""),
        retailer=str(record.get("retailer") or ""),
        condition=CONDITIONS.get(str(record.get("condition")), "new"),
    )
    read = read_by_rules(Offer(title, text, price, offer.condition))
    market, kind = float(record["market_price"]), str(record["market_kind"])
    return Case(title, text, offer, market, kind, str(record.get("source")), product, (*read, *_shown(record, read)))


def _shown(record: dict[str, Any], read: Sequence[Reference]) -> Iterator[Reference]:
    """The list price that stands beside title and text, where they claim none like it; a claim's label was taken from there."""
    found = record.get("list_price")
    amount = float(found) if isinstance(found, int | float) else 0.0
    is_told = any(each.kind in CLAIMS and abs(each.price - amount) <= SAME_AMOUNT for each in read)
    if amount > float(record["price"]) and record["market_kind"] in TRUSTED_KINDS and not is_told:
        yield Reference(kind="list", price=amount, said_by="seller", words=f"list price {amount:.2f}")


def usual_cases(rows: Sequence[Row]) -> list[Case]:
    """Products offered at their own price, as goods that are no deal at all; their shops are not told."""
    keys = product_keys(rows)
    return [
        Case(row.title, "", OfferFacts(row.title, row.price, row.main_category), row.price, USUAL, row.source, key)
        for row, key in zip(rows, keys, strict=True)
        if row.price and row.condition == "new"
    ]


def by_kind(cases: Sequence[Case]) -> Iterator[tuple[str, list[Case]]]:
    """The cases of each kind of market price, in the order of trust."""
    for kind in dict.fromkeys((PERSON, "next_best", "history", "regular", "list", *(case.kind for case in cases))):
        if chosen := [case for case in cases if case.kind == kind]:
            yield kind, chosen
