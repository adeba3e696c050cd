"""Deals in our own words: as records of a file, as cases, and with what pricers might say of them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from common.judging import Reference, ReferenceKind
from common.pricing import PriceResponse, Similar
from ensemble.judge.terms import OfferFacts
from training.judge.cases import Case


def record(**others: Any) -> dict[str, Any]:
    """A lamp at $100 that costs $120 elsewhere, as a row of deals-market; None leaves a key out."""
    row = {
        "source": "paper",
        "title": "Acme QX100 Lamp for $100",
        "text": "That is the lowest price we could find by $20.",
        "subject": "Acme QX100 Lamp",
        "price": 100.0,
        "market_price": 120.0,
        "market_kind": "next_best",
        "market_quote": "the lowest price we could find by $20",
        "text_states_market": True,
        "category": "Home",
        "retailer": "Acme Store",
        "condition": "new or not stated",
        "basis": "same offer kind",
        "currency": "USD",
    }
    return {key: value for key, value in (row | others).items() if value is not None}


def save(folder: Path, records: Iterable[dict[str, Any]]) -> Path:
    """deals.jsonl in `folder`."""
    path = folder / "deals.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in records), encoding="utf-8")
    return path


def stated(kind: ReferenceKind, price: float) -> Reference:
    return Reference(kind=kind, price=price, said_by="editor")


def case(price: float = 100.0, market: float = 120.0, kind: str = "next_best", **others: Any) -> Case:
    """A lamp; `others`: fields of the offer, product, or references."""
    own = {name: others.pop(name) for name in ("product", "references") if name in others}
    offer = OfferFacts(**{"title": "Acme QX100 Lamp", "price": price, "category": "Home", "retailer": "Acme Store"} | others)
    return Case(f"{offer.title} for ${price}", "", offer, market, kind, "paper", **{"product": offer.title} | own)


def answer(price: float, *matches: str, spread: float = 1.2, known: bool = True) -> PriceResponse:
    """What pricers say: `spread` from the middle to both ends; something similar for each of `matches`."""
    similar = [Similar.model_validate({"title": "Acme", "price": price, "similarity": 0.9, "match": each}) for each in matches]
    return PriceResponse(price=price, low=price / spread, high=price * spread, model="m@1", similar=similar, known=known)
