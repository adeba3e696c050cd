"""What is told of each product, of how offers stand in its history, and of pushes: on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from common.errors import InvalidInputError, NotFoundError
from scanner.deal_data import PastOffer
from scanner.history.desk import HistoryDesk
from scanner.history.product_id import OF_ENTRY, id_of
from scanner.judging.product_key import product_key
from scanner.policy import Policy
from scanner.store.history.product_store import Sort
from scanner.store.retention import Retention
from scanner.store.schema import opportunities, products
from scanner.store.store import Store, open_store
from tests.unit.scanner import fakes
from tests.unit.scanner.fakes import NOW, judgement, new_deal

TITLE, ALONE = "Acme QX100 Blender", "Zeta ZX900 Lamp"
OFFER = replace(fakes.OFFER, product=product_key(TITLE) or "", title=TITLE)
ID = id_of(OFFER.product, "new")
KEPT = Retention(deals=timedelta(days=300), offers=timedelta(days=60))


def with_store(url: str, use: Callable[[Store], Awaitable[None]]) -> None:
    async def run() -> None:
        store = await open_store(url, lambda: None, KEPT)
        await use(store)
        await store.aclose()

    asyncio.run(run())


def past(days: float, price: float = 80.0, **values: Any) -> PastOffer:
    """OFFER, but so many days earlier; another product has no title unless it is given."""
    given = {"product": OFFER.product, "title": "" if "product" in values else TITLE} | values
    return fakes.past(days, price, **given)


async def see(store: Store, *seen: PastOffer) -> None:
    await store.deals.add_deals([new_deal(each) for each in seen], NOW)


async def push(store: Store, offer: PastOffer, now: datetime) -> str:
    """See an offer and push it; the opportunity's id."""
    await see(store, offer)
    deal = next(each for each in await store.deals.unpriced(50) if each.key == offer.deal_key)
    deal = deal.model_copy(update={"product": id_of(offer.product, offer.condition)})
    judged = Policy().judge(deal, judgement(200.0, offer.price), now)
    assert judged.opportunity is not None
    assert judged.is_alert
    await store.deals.record_judged([judged], now)
    return judged.opportunity.id


async def names(store: Store, query: str = "", condition: str | None = None, sort: Sort = "seen") -> list[str]:
    return [each["title"] for each in (await store.products.page(query, condition, sort, cursor=None, limit=10)).items]


def test_a_product_tells_its_lows_its_last_price_and_how_often_it_was_offered(database_url: str) -> None:
    async def use(store: Store) -> None:
        await see(store, past(30, 80.0), past(20, 70.0), past(20.1, 75.0), past(2, 90.0, category="Tools"))
        found = await store.products.get(ID)
        assert (found["lowest"], found["lowest_at"], found["last"], found["last_at"]) == (
            70.0,
            NOW - timedelta(days=20),
            90.0,
            NOW - timedelta(days=2),
        )
        assert (found["offers"], found["days"], found["score"], found["low_confidence"]) == (4, 3, 0.0, True)
        assert found["verdict"] == "dear: better wait"

    with_store(database_url, use)


def test_each_condition_is_a_product_of_its_own_and_so_is_an_entry_whose_title_tells_none(database_url: str) -> None:
    async def use(store: Store) -> None:
        shoes = past(1, 30.0, product=f"{OF_ENTRY}link:shoes", title="Men's shoes for $30")
        await see(store, past(2), past(3, condition="used"), shoes)
        assert len((await store.products.page("", None, "seen", cursor=None, limit=10)).items) == 3
        assert (await store.products.get(id_of(shoes.product, "new")))["title"] == "Men's shoes for $30"
        assert (await store.offers.earlier([OFFER]))[0][0].price == 80.0  # the judge sees what it saw
        assert len((await store.offers.earlier([OFFER]))[0]) == 1

    with_store(database_url, use)


def test_products_are_found_by_words_and_condition_and_sorted(database_url: str) -> None:
    async def use(store: Store) -> None:
        many = [
            past(3, 50.0, product="drill", title="Acme Drill 100%"),
            past(2, 50.0, product="saw", title="Big Acme Saw"),
            past(1, 50.0, product="lamp", title="Lamp", condition="used"),
        ]
        lows = [past(10 + at, 90.0, product="saw", deal_key=f"low:{at}") for at in range(20)]
        await see(store, *many, *lows)
        assert await names(store) == ["Lamp", "Big Acme Saw", "Acme Drill 100%"]
        assert await names(store, sort="name") == ["Acme Drill 100%", "Big Acme Saw", "Lamp"]
        assert (await names(store, sort="score"))[0] == "Big Acme Saw"
        assert await names(store, "ACME saw") == ["Big Acme Saw"]
        assert await names(store, "100%") == ["Acme Drill 100%"]
        assert await names(store, "_") == []
        assert await names(store, condition="used") == ["Lamp"]

    with_store(database_url, use)


@pytest.mark.parametrize("sort", ["seen", "score", "name"])
@pytest.mark.parametrize("query", ["", "thing"])
def test_lists_are_paged_to_the_end(database_url: str, sort: Sort, query: str) -> None:
    async def use(store: Store) -> None:
        await see(store, *(past(1 + at // 2, product=f"p{at}", title=f"Thing {at // 3}", deal_key=f"k{at}") for at in range(7)))
        found, cursor = list[str](), None
        while True:
            page = await store.products.page(query, None, sort, cursor=cursor, limit=2)
            found += [each["id"] for each in page.items]
            cursor = page.next
            if cursor is None:
                break
        whole = [each["id"] for each in (await store.products.page(query, None, sort, cursor=None, limit=50)).items]
        assert found == whole
        assert len(set(found)) == 7

    with_store(database_url, use)


def test_a_history_is_paged_newest_first_with_what_is_still_there(database_url: str) -> None:
    async def use(store: Store) -> None:
        await see(store, *(past(10 - at, 80.0 + at) for at in range(5)))
        pushed = await push(store, past(1, 50.0), NOW)
        first = await store.products.history(ID, None, 4)
        rest = await store.products.history(ID, first["next"], 4)
        assert [each["price"] for each in first["items"] + rest["items"]] == [50.0, 84.0, 83.0, 82.0, 81.0, 80.0]
        assert (first["items"][0]["opportunity"], first["items"][1]["opportunity"], rest["next"]) == (pushed, None, None)
        assert all(each["deal"] for each in first["items"])
        figures = {name: first[name] for name in ("lowest", "usual", "last", "points", "score", "is_lowest", "low_confidence")}
        assert figures == {
            "lowest": 50.0,
            "usual": 81.5,
            "last": 50.0,
            "points": 6,
            "score": 10.0,
            "is_lowest": True,
            "low_confidence": True,
        }
        assert first["product"] == await store.products.get(ID)
        with pytest.raises(NotFoundError):
            await store.products.history("nothing", None, 4)
        with pytest.raises(InvalidInputError):
            await store.products.history(ID, "nothing", 4)

    with_store(database_url, use)


def test_an_offer_stands_among_earlier_ones_but_not_among_itself_told_again(database_url: str) -> None:
    async def use(store: Store) -> None:
        again = past(2, 60.0, deal_key="link:again")  # the same shop's same price two days before
        later, other = past(-1, 1.0), past(5, 2.0, product="another")
        used = past(5, 3.0, condition="used", deal_key="link:used")
        await see(store, past(30, 80.0), past(20, 70.0), past(9, 60.0), again, later, other, used, OFFER)
        (found, nothing) = await store.products.standings([OFFER, other])
        assert found is not None
        assert (found.lowest, found.usual, found.last, found.points, found.is_lowest) == (60.0, 70.0, 60.0, 3, True)
        assert nothing is None

    with_store(database_url, use)


def test_what_was_pushed_is_remembered_by_its_lowest_price_and_its_last_time(database_url: str) -> None:
    async def use(store: Store) -> None:
        await push(store, past(9, 60.0), NOW - timedelta(days=9))
        await push(store, past(2, 70.0), NOW - timedelta(days=2))
        known = (await store.products.told([ID, "nothing"]))[ID]
        assert (known.price, known.at, known.cool_down, known.muted) == (60.0, NOW - timedelta(days=2), None, False)

    with_store(database_url, use)


def test_a_reset_forgets_what_was_told_and_the_lows_and_keeps_the_offers(database_url: str) -> None:
    async def use(store: Store) -> None:
        await push(store, past(9, 60.0), NOW - timedelta(days=9))
        found = await store.products.reset(ID, NOW)
        assert (found["told_price"], found["told_at"], found["reset_at"], found["lowest"], found["score"]) == (
            None,
            None,
            NOW,
            None,
            None,
        )
        assert found["offers"] == 1
        after = replace(OFFER, offered=NOW + timedelta(days=1), price=90.0)
        await see(store, after)
        assert (await store.products.standings([after])) == [None]
        assert (await store.products.get(ID))["lowest"] == 90.0
        assert len((await store.products.history(ID, None, 10))["items"]) == 2
        with pytest.raises(NotFoundError):
            await store.products.reset("nothing", NOW)

    with_store(database_url, use)


def test_a_persons_decision_of_a_product_is_kept_and_taken_back(database_url: str) -> None:
    async def use(store: Store) -> None:
        await see(store, past(1))
        await store.products.decide(ID, {"cool_down": 30.0})
        await store.products.decide(ID, {"muted": True})
        known = (await store.products.told([ID]))[ID]
        assert (known.cool_down, known.muted) == (timedelta(days=30), True)
        await store.products.decide(ID, {"cool_down": None, "muted": False})
        known = (await store.products.told([ID]))[ID]
        assert (known.cool_down, known.muted) == (None, False)

    with_store(database_url, use)


def test_offers_that_are_forgotten_are_counted_no_more_and_products_go_with_the_last(database_url: str) -> None:
    async def use(store: Store) -> None:
        await see(store, past(50, 10.0), past(5, 80.0), past(50, product="gone"), past(50, product="muted", deal_key="m"))
        await store.products.decide(id_of("muted", "new"), {"muted": True})
        await store.scans.prune(NOW + timedelta(days=20))
        found = await store.products.get(ID)
        assert (found["lowest"], found["offers"], found["days"]) == (80.0, 1, 1)
        with pytest.raises(NotFoundError):
            await store.products.get(id_of("gone", "new"))
        assert (await store.products.get(id_of("muted", "new")))["muted"]

    with_store(database_url, use)


def test_the_offers_of_what_was_pushed_are_kept_until_the_ledger_asks_for_them_no_more(database_url: str) -> None:
    async def use(store: Store) -> None:
        await see(store, past(5, 75.0))
        await push(store, past(1, 60.0), NOW)
        await store.scans.prune(NOW + timedelta(days=91))
        assert (await store.products.get(ID))["offers"] == 2
        await store.scans.prune(NOW + timedelta(days=181))
        with pytest.raises(NotFoundError):
            await store.products.get(ID)

    with_store(database_url, use)


class Said:
    """Somebody says this of every push."""

    def __init__(self, verdict: str | None = None) -> None:
        self.verdict = verdict

    async def of(self, opportunities: Any) -> dict[str, str]:
        return dict.fromkeys(opportunities, self.verdict) if self.verdict else {}


def test_the_ledger_tells_what_pushes_came_to(database_url: str) -> None:
    async def use(store: Store) -> None:
        pushed = await push(store, past(100, 60.0), NOW - timedelta(days=100))
        again = past(98, 60.0, deal_key="link:again")  # the same offer in another feed is no later price
        await see(store, again, past(90, 150.0), past(60, 160.0, condition="used"), past(50, 170.0), past(3, 100.0))
        alone = await push(store, past(1, 50.0, product=product_key(ALONE), title=ALONE), NOW - timedelta(days=1))
        desk = HistoryDesk(store.products, store.ledger, Said(), lambda: NOW)
        found = await desk.ledger(180)
        assert [(each.push.opportunity, each.verdict) for each in found.entries] == [(alone, "open"), (pushed, "right")]
        entry = found.entries[1]
        assert (entry.usual, entry.points, entry.held, entry.push.saving) == (160.0, 2, 100.0, 140.0)
        assert [each.price for each in entry.later] == [150.0, 170.0, 100.0]
        assert [(each.name, each.right, each.open) for each in found.rules] == [("Good deals", 1, 1)]
        assert [(each.name, each.right) for each in found.pricers] == [("a", 1)]
        assert [each.push.opportunity for each in (await desk.ledger(30)).entries] == [alone]
        told = await HistoryDesk(store.products, store.ledger, Said("wrong_price"), lambda: NOW).ledger(180)
        assert (told.all.right, told.all.wrong, told.all.open) == (0, 2, 0)

    with_store(database_url, use)


def test_products_of_what_an_earlier_version_stored_are_made_once_and_its_pushes_stay_told(database_url: str) -> None:
    async def use(store: Store) -> None:
        await push(store, past(9, 60.0), NOW - timedelta(days=9))
        await see(store, past(20, 90.0), *(past(2, product=f"p{at}|None", deal_key=f"k{at}") for at in range(450)))
        before = await store.products.page("", None, "name", cursor=None, limit=200)
        async with store.offers._engine.begin() as connection:
            await connection.execute(delete(products))
            await connection.execute(update(opportunities).values(product=None))
        for _ in range(2):
            await store.backfill.run()
        after = await store.products.page("", None, "name", cursor=None, limit=200)
        assert len(after.items) == len(before.items) == 200
        assert (await store.products.get(ID))["lowest"] == 60.0
        (entry,) = await store.ledger.pushed(NOW - timedelta(days=30))
        known = (await store.products.told([entry[0].product or ""]))[entry[0].product or ""]
        assert (known.price, known.at) == (60.0, NOW - timedelta(days=9))

    with_store(database_url, use)
