"""What products were offered for: by product and condition, earlier ones alone, forgotten after a time."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from common.judging import Seen
from scanner.deal_data import PastOffer
from scanner.store.history.offer_store import MOST_SEEN
from scanner.store.retention import Retention
from scanner.store.store import Store
from tests.unit.scanner.fakes import NOW, OFFER, new_deal, past, store_in


async def seen_of(folder: Path, kept: Sequence[PastOffer], offer: PastOffer = OFFER) -> tuple[Store, tuple[Seen, ...]]:
    store = await store_in(folder)
    await store.deals.add_deals([new_deal(each) for each in kept], NOW)
    (seen,) = await store.offers.earlier([offer])
    return store, seen


def prices_of(folder: Path, *kept: PastOffer) -> list[float]:
    async def run() -> list[float]:
        store, seen = await seen_of(folder, kept)
        await store.aclose()
        return [each.price for each in seen]

    return asyncio.run(run())


def test_earlier_offers_are_told_latest_first_with_their_age_and_shop(tmp_path: Path) -> None:
    async def run() -> None:
        store, seen = await seen_of(tmp_path, [past(30, 80.0), past(2.5, 75.0, retailer="Bmart"), OFFER])
        assert seen == (Seen(price=75.0, days=2.5, retailer="Bmart"), Seen(price=80.0, days=30.0, retailer="Acme"))
        await store.aclose()

    asyncio.run(run())


def test_the_future_the_same_moment_and_what_is_too_old_are_not_seen(tmp_path: Path) -> None:
    assert prices_of(tmp_path, past(-1, 1.0), past(0, 2.0), past(364.9, 3.0), past(365.1, 4.0)) == [3.0]


def test_another_product_or_condition_is_not_seen(tmp_path: Path) -> None:
    kept = past(9, 1.0, product="acme qx200"), past(9, 2.0, condition="refurbished"), past(9, 3.0)
    assert prices_of(tmp_path, *kept) == [3.0]


def test_the_same_offer_told_again_in_another_feed_is_not_seen_but_a_later_repeat_is(tmp_path: Path) -> None:
    kept = past(3, 60.0), past(8, 60.0, retailer="Acme"), past(3, 60.0, retailer="Bmart", deal_key="link:b"), past(4, 61.0)
    assert prices_of(tmp_path, *kept) == [60.0, 61.0, 60.0]


def test_only_the_latest_are_seen(tmp_path: Path) -> None:
    kept = [past(10.0 + n, 100.0 + n) for n in range(MOST_SEEN + 5)]
    assert prices_of(tmp_path, *kept) == [100.0 + n for n in range(MOST_SEEN)]


def test_offers_are_remembered_for_longer_than_their_deals_and_not_for_ever(tmp_path: Path) -> None:
    async def run() -> None:
        store, seen = await seen_of(tmp_path, [past(0.5)])
        assert len(seen) == 1
        await store.scans.prune(NOW + Retention().deals + timedelta(days=1))
        assert (await store.deals.page(None, 10)).items == []
        assert len((await store.offers.earlier([OFFER]))[0]) == 1
        await store.deals.add_deals([new_deal(past(0.5))], NOW)  # a deal that comes back after it was forgotten
        await store.scans.prune(NOW + Retention().offers)
        assert (await store.offers.earlier([OFFER]))[0] == ()
        await store.aclose()

    asyncio.run(run())
