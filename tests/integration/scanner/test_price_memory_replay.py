"""The public deals in the order of their days: what the memory tells of a product is never from the future."""

import asyncio
import itertools
import lzma
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from common.judging import Seen
from scanner.deal_data import PastOffer
from scanner.judging.product_key import product_key
from scanner.store.history.offer_store import LOOK_BACK
from tests.unit.scanner.fakes import new_deal, store_in

FIRST, LAST = "2026-06-01", "2026-08-31"


def offers_of(folder: Path) -> list[PastOffer]:
    """The dated offers in dollars of June to August 2026 whose product is told, in order."""
    with lzma.open(folder / "data" / "deals-market.jsonl.xz") as lines:
        rows: list[dict[str, Any]] = [orjson.loads(line) for line in lines]
    dated = [row for row in rows if row["currency"] == "USD" and FIRST <= str(row.get("date") or "") <= LAST]
    found = []
    for number, row in enumerate(sorted(dated, key=lambda row: row["date"])):
        if (product := product_key(row["title"])) and row["price"] > 0:
            when = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC) + timedelta(seconds=number)
            found.append(PastOffer(f"link:{number}", product, "new", row["price"], row.get("retailer") or "", "A", "", when))
    return found


def test_what_was_offered_before_is_told_and_nothing_of_what_comes(shared_data: Path, tmp_path: Path) -> None:
    offers = offers_of(shared_data)

    async def run() -> tuple[Sequence[tuple[Seen, ...]], list[tuple[Seen, ...]]]:
        store = await store_in(tmp_path)
        as_it_went = []
        for _, group in itertools.groupby(offers, lambda offer: offer.offered.date()):
            of_day = list(group)  # remembered, and then asked about: later days are not there yet
            await store.deals.add_deals([new_deal(each) for each in of_day], of_day[-1].offered)
            as_it_went += await store.offers.earlier(of_day)
        afterwards = await store.offers.earlier(offers)  # all of it is there
        await store.aclose()
        return as_it_went, afterwards

    as_it_went, afterwards = asyncio.run(run())
    assert len(offers) > 500
    assert as_it_went == afterwards
    told = [seen for seen in afterwards if seen]
    assert len(told) > 20
    assert all(0 < each.days <= LOOK_BACK.days for seen in told for each in seen)
    products = [offer.product for offer in offers]
    first = [seen for at, (offer, seen) in enumerate(zip(offers, afterwards, strict=True)) if offer.product not in products[:at]]
    assert not any(first)  # a product's first offer knows no other
