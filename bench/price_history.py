"""Measures the price history: python -m bench.price_history [--offers N] [--database URL]; one JSON line last.

Fills an empty database (SQLite in a new folder, unless told) with offers of a hundred thousand products, one of them offered every
hour, and with twenty pushes a day, has the service make its products, and asks its doors and what a scan asks of the store. Last it
forgets what is too old, while another writes every few milliseconds. `bound` is a count over all offers in the same database.
"""

import argparse
import asyncio
import json
import random
import resource
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from fastapi.testclient import TestClient
from sqlalchemy import Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from common.deals import Deal, Match, Opportunity
from common.judging import Evidence
from common.pricing import Estimate
from scanner.app import Fakes, create_app
from scanner.deal_data import PastOffer
from scanner.history.product_id import id_of
from scanner.settings import Settings
from scanner.store.history.offer_store import remember
from scanner.store.history.tally_store import keep
from scanner.store.retention import Retention
from scanner.store.schema import deals, offers, opportunities
from scanner.store.store import Store, open_store

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY = 86_400.0
SPAN = 400  # days of offers
PRODUCTS = 100_000
PUSHES = 20  # a day
PUSH_DAYS = 180
SCAN = 500  # items
CHUNK = 50  # of them in one question
_PART = 5_000  # rows in one insert
_KINDS = ("Drill", "Blender", "Monitor", "Router", "Lamp", "Headphones", "Vacuum", "Keyboard", "Toaster", "Backpack")
_BRANDS = ("Acme", "Bolt", "Corvo", "Delta", "Ember", "Fjord", "Gusto", "Halo")


def name_of(number: int) -> str:
    """A product's name."""
    return f"{_BRANDS[number % 8]} {_KINDS[number % 10]} QX{number}"


def product_of(number: int) -> str:
    """Its key."""
    return f"{name_of(number).lower()}|None||1||"


def price_of(number: int) -> float:
    """What it costs at some moment."""
    return round(20 + number % 977 * random.uniform(0.7, 1.1), 2)


def offer_row(at: int, number: int, moment: float) -> dict[str, Any]:
    """An offer of a product."""
    return {
        "deal_key": f"link:{at:032d}",
        "product": product_of(number),
        "condition": "used" if number % 50 == 0 else "new",
        "price": price_of(number),
        "retailer": f"Shop {at % 40}",
        "feed": f"Feed {at % 20}",
        "url": f"https://deals.example/{at}",
        "offered": moment,
    }


def offer_rows(count: int) -> Iterator[dict[str, Any]]:
    """The oldest first; the product 0 is offered every hour, of the others some a hundred times as often as others."""
    start = NOW.timestamp() - SPAN * DAY
    for at in range(count):
        number = 0 if at % max(1, count // (SPAN * 24)) == 0 else int(PRODUCTS * random.random() ** 2)
        yield offer_row(at, number, start + SPAN * DAY * at / count)


def deal_row(at: int, offer: dict[str, Any], number: int) -> dict[str, Any]:
    """The deal of an offer."""
    moment = offer["offered"]
    return {
        "id": at,
        "key": offer["deal_key"],
        "feed_id": 1,
        "title": f"{name_of(number)} for ${offer['price']}",
        "description": "A sturdy thing. " * 20,
        "category": "Tools",
        "currency": "USD",
        "price": offer["price"],
        "kind": "priced",
        "price_source": "feed",
        "has_variants": False,
        "published": moment,
        "first_seen": moment,
        "last_seen": moment,
        "state": "priced",
        **{name: offer[name] for name in ("feed", "url", "retailer", "condition")},
    }


def push_row(deal: dict[str, Any], number: int) -> dict[str, Any]:
    """The opportunity of a deal, pushed."""
    price, worth = deal["price"], deal["price"] * 1.5
    facts = {name: deal[name] for name in ("title", "description", "price", "url", "retailer", "feed", "condition")}
    found = Opportunity(
        id=str(uuid.UUID(int=deal["id"])),
        deal=Deal(**facts, published=datetime.fromtimestamp(deal["published"], UTC)),
        estimate=worth,
        low=worth * 0.8,
        high=worth * 1.2,
        discount=worth - price,
        estimates=[Estimate(pricer=each, price=worth, low=price, high=2 * worth, model="m", ms=1.0) for each in "abc"],
        evidence=[Evidence(kind="seen", price=worth, weight=0.2, words="It was seen for more. " * 5) for _ in range(5)],
        created=datetime.fromtimestamp(deal["published"], UTC),
        matches=[Match(kind="rule", id=1, name=f"Rule {number % 4}")],
        product=id_of(product_of(number), deal["condition"]),
    )
    return {
        "id": found.id,
        "deal_id": deal["id"],
        "feed_id": 1,
        "body": found.model_dump_json(),
        "discount": found.discount,
        "dismissed": False,
        "alerted": True,
        "created": deal["published"],
        "product": found.product,
    }


async def fill(engine: AsyncEngine, count: int) -> None:
    """Offers; of the latest tenth the deals; of some the pushes."""
    for part in _in_parts(offer_rows(count)):
        await _insert(engine, offers, part)
    first = int(count * (1 - PUSH_DAYS / SPAN))
    pushed = set(random.sample(range(first, count), min(PUSHES * PUSH_DAYS, (count - first) // 4)))
    wanted = sorted(pushed | set(range(int(count * 0.9), count)))
    for at in range(0, len(wanted), _PART // 10):
        part_of = wanted[at : at + _PART // 10]
        made = [(deal_row(number + 1, offer, _number_of(offer)), offer) for number, offer in await _offers_of(engine, part_of)]
        await _insert(engine, deals, [deal for deal, _ in made])
        if told := [push_row(deal, _number_of(offer)) for deal, offer in made if deal["id"] - 1 in pushed]:
            await _insert(engine, opportunities, told)


async def _offers_of(engine: AsyncEngine, numbers: list[int]) -> list[tuple[int, dict[str, Any]]]:
    keys = {f"link:{number:032d}": number for number in numbers}
    async with engine.connect() as connection:
        rows = await connection.execute(select(offers).where(offers.c.deal_key.in_(list(keys))))
        return [(keys[row.deal_key], dict(row._mapping)) for row in rows]


def _number_of(offer: dict[str, Any]) -> int:
    return int(offer["product"].partition("qx")[2].partition("|")[0])


def _in_parts(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == _PART:
            yield part
            part = []
    if part:
        yield part


async def _insert(engine: AsyncEngine, table: Table, rows: list[dict[str, Any]]) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(table), rows)


def median_ms(ask: Callable[[int], Any], times: int = 15) -> tuple[float, float]:
    """Of so many calls, after one that warms up: by the clock, and of processors, which other work on the machine changes less."""
    ask(0)
    took = []
    for number in range(1, times + 1):
        start, worked = time.perf_counter(), time.process_time()
        ask(number)
        took.append((1_000 * (time.perf_counter() - start), 1_000 * (time.process_time() - worked)))
    return round(statistics.median(each for each, _ in took), 1), round(statistics.median(each for _, each in took), 1)


def first_ms(ask: Callable[[], Any]) -> tuple[float, float]:
    """Of one call: by the clock, and of processors."""
    start, worked = time.perf_counter(), time.process_time()
    ask()
    return round(1_000 * (time.perf_counter() - start), 1), round(1_000 * (time.process_time() - worked), 1)


def ask_doors(url: str) -> dict[str, tuple[float, float]]:
    """The doors of the real application over this database."""
    away = {"redis_url": "redis://127.0.0.1:1/0", "interval": 0, "log_level": "WARNING"}
    settings = Settings.model_validate({"database_url": url, "feeds": "https://nowhere.example/rss", **away})
    with TestClient(create_app(Fakes(now=lambda: NOW), settings), base_url="http://localhost") as client:
        until = time.monotonic() + 60
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < until, client.get("/readyz").text
            time.sleep(0.05)

        def get(path: str) -> Any:
            answer = client.get(path)
            assert answer.status_code == 200, answer.text
            return answer.json()

        hot = id_of(product_of(0), "used")
        others = [each["id"] for each in get("/products?limit=50")["items"]]
        return {
            "products": median_ms(lambda _: get("/products")),
            "products by score": median_ms(lambda _: get("/products?sort=score")),
            "products by name": median_ms(lambda _: get("/products?sort=name")),
            "products, used": median_ms(lambda _: get("/products?condition=used")),
            "products, two words": median_ms(lambda _: get("/products?q=acme%20drill")),
            "products, one in all": median_ms(lambda n: get(f"/products?q=qx{40_000 + 7 * n}")),
            "products, a word of none": median_ms(lambda _: get("/products?q=nothing")),
            "history": median_ms(lambda n: get(f"/products/{others[n % 50]}/history")),
            "history of the hourly one": median_ms(lambda _: get(f"/products/{hot}/history")),
            "ledger, the first after a scan": first_ms(lambda: get("/ledger?days=90")),
            "ledger, 90 days": median_ms(lambda _: get("/ledger?days=90")),
            "ledger, 180 days": median_ms(lambda _: get("/ledger?days=180")),
        }


async def scan_seconds(store: Store) -> dict[str, float]:
    """What a scan of 500 items asks, and what storing their offers costs."""
    seen = []
    for at in range(SCAN):
        row = offer_row(random.randrange(10**9, 10**12), 0 if at == 0 else int(PRODUCTS * random.random() ** 2), NOW.timestamp())
        seen.append(PastOffer(**(row | {"offered": NOW})))
    async with store.offers._engine.begin() as connection:
        start = time.perf_counter()
        await keep(connection, await remember(connection, seen))
    stored = time.perf_counter()
    for at in range(0, SCAN, CHUNK):
        await store.products.standings(seen[at : at + CHUNK])
    standings = time.perf_counter()
    await store.products.told([id_of(each.product, each.condition) for each in seen])
    await store.deals.told_since(NOW - timedelta(days=14))
    told = time.perf_counter()
    return {
        "stored": round(stored - start, 3),
        "standings": round(standings - stored, 3),
        "told": round(told - standings, 3),
        "together": round(told - stored, 3),
    }


async def prune_beside_a_writer(store: Store) -> dict[str, float]:
    """Forget a fortnight's offers while another marks deals as seen: how long that one waits."""
    waits, is_over = list[float](), asyncio.Event()

    async def write() -> None:
        while not is_over.is_set():
            start = time.perf_counter()
            await store.deals.mark_seen([f"link:{len(waits)}"], NOW)
            waits.append(1_000 * (time.perf_counter() - start))
            await asyncio.sleep(0.005)

    writer = asyncio.create_task(write())
    start = time.perf_counter()
    await store.scans.prune(NOW + timedelta(days=14))
    took = time.perf_counter() - start
    is_over.set()
    await writer
    return {
        "seconds": round(took, 2),
        "writes": len(waits),
        "wait ms, median": round(statistics.median(waits), 1),
        "wait ms, 90 %": round(float(np.quantile(waits, 0.9)), 1),
        "wait ms, longest": round(max(waits), 1),
    }


async def count_of(store: Store, table: Table) -> tuple[int, float]:
    """How many rows there are, and how many seconds it takes to count them."""
    start = time.perf_counter()
    async with store.offers._engine.connect() as connection:
        rows = await connection.scalar(select(func.count()).select_from(table).where(table.c.price > 0))
    return rows or 0, round(time.perf_counter() - start, 3)


def peak_mb() -> float:
    """The most memory that this process had."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


async def prepare(url: str, count: int) -> dict[str, Any]:
    """Fill the database, and make its products as a service does after an upgrade."""
    store = await open_store(url, lambda: None)
    start = time.perf_counter()
    await fill(store.offers._engine, count)
    filled, before = time.perf_counter(), peak_mb()
    await store.backfill.run()
    made = time.perf_counter()
    await store.scans.begin("bench", NOW)
    await store.scans.finish("bench", "done", {}, NOW)
    rows, bound = await count_of(store, offers)
    await store.aclose()
    return {
        "offers": rows,
        "fill s": round(filled - start, 1),
        "products s": round(made - filled, 1),
        "bound s": bound,
        "mb": before,
    }


async def work(url: str) -> dict[str, Any]:
    """What a scan asks, and what forgetting costs."""
    store = await open_store(url, lambda: None, Retention())
    found: dict[str, Any] = {"scan of 500, s": await scan_seconds(store), "prune": await prune_beside_a_writer(store)}
    found["offers left"] = (await count_of(store, offers))[0]
    await store.aclose()
    return found


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--offers", type=int, default=1_000_000)
    parser.add_argument("--database", default="", help="URL of an empty one; by default a SQLite file in a new folder")
    args = parser.parse_args()
    random.seed(1)
    with tempfile.TemporaryDirectory() as folder:
        url = args.database or f"sqlite:///{folder}/scanner.sqlite3"
        found = asyncio.run(prepare(url, args.offers))
        found["doors, median ms by clock and processor"] = ask_doors(url)
        found |= asyncio.run(work(url))
        found["peak mb"] = peak_mb()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
