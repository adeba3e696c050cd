"""Measures the way of deals: python -m bench.deals [--offers 1000000] [--ensemble URL]; one JSON line last.

Reading: items a second from text to price, references and product, in this process on one core. Scans: a real scanner process on a
SQLite history of so many offers, fed 500 items, all of them new at first, then as on a day of 10,000 deals (105 new of 500), with
its memory after each; judged by a stand-in that costs nothing, or by a running ensemble. Pushes: a real notifier, from the stream
to a phone. Needs a Redis server; everything else is made up (deal_world). The peer in the same run is feedparser alone, which any
reader of feeds has to run.
"""

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import feedparser
import psutil
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from sqlalchemy import insert

from bench.deal_world import Market, World
from bench.server import Server, serving
from common.deals import STREAM, STREAM_FIELD, Deal, Opportunity
from pricer.local.redis_server import find_redis
from scanner.judging.product_key import product_key
from scanner.parsing.feed_parser import parse_feed
from scanner.prices.rule_extractor import extract
from scanner.references.offer import Offer
from scanner.references.rule_reader import read_by_rules
from scanner.store.schema import offers, open_database

ITEMS = 500  # of a scan
NEW = 105  # of them, on a day of 10,000 deals at a scan every quarter of an hour
DAY = 86_400.0  # seconds
PART = 2_000  # offers that one transaction stores


def reading(market: Market) -> dict[str, float]:
    """Items a second through the parts of reading, on one core."""
    body = market.feed(range(ITEMS), datetime.now(UTC))
    entries = parse_feed(body, datetime.now(UTC)).entries

    def read() -> None:
        for entry in entries:
            found = extract(entry.title, entry.text)
            if found.price is not None:
                read_by_rules(Offer(entry.title, entry.text, found.price, found.condition, found.currency))
            product_key(entry.title)

    parsed = _seconds(lambda: parse_feed(body, datetime.now(UTC)))
    alone = _seconds(lambda: feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False))
    extracted = _seconds(read)
    return {
        "parsed_a_second": round(ITEMS / parsed),
        "feedparser_alone_a_second": round(ITEMS / alone),
        "read_a_second": round(ITEMS / extracted),
        "reading_of_feedparser": round(extracted / alone, 2),
    }


def _seconds(work: Any) -> float:
    found = []
    for _ in range(3):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return statistics.median(found)


async def fill(url: str, market: Market, count: int) -> None:
    """A year's history: `count` offers of the market's products, some 80 of each."""
    engine = await open_database(url)
    draw, now = random.Random(1), time.time()
    keys = [product_key(market.deal(number).name) for number in range(12_000)]
    rows = (_past_offer(number, keys[number % len(keys)], draw, now) for number in range(count))
    try:
        for part in _parts(row for row in rows if row):
            async with engine.begin() as connection:
                await connection.execute(insert(offers), part)
    finally:
        await engine.dispose()


def _past_offer(number: int, key: str | None, draw: random.Random, now: float) -> dict[str, Any] | None:
    if key is None:
        return None
    place = {"retailer": draw.choice(("Acme", "Northside")), "feed": "Made up", "url": f"https://deals.example/past/{number}"}
    price = round(draw.uniform(20.0, 400.0), 2)
    return {
        "deal_key": f"past:{number}",
        "product": key,
        "condition": "new",
        "price": price,
        "offered": now - draw.uniform(1, 360) * DAY,
        **place,
    }


def _parts(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == PART:
            yield part
            part = []
    if part:
        yield part


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """The address of a Redis of our own, or of the one that REDIS_URL names."""
    found = find_redis(folder / "redis")
    if not found.argv:
        yield found.url
        return
    process = subprocess.Popen(found.argv, start_new_session=True)
    try:
        client = Redis.from_url(found.url, retry=Retry(ConstantBackoff(0.05), 200))
        client.ping()
        client.close()
        yield found.url
    finally:
        process.terminate()
        process.wait()


@contextmanager
def scanning(folder: Path, world: World, redis_url: str, ensemble: str) -> Iterator[Server]:
    """A scanner of the world's one feed, which scans when it is told to."""
    environment = {
        "DATABASE_URL": f"sqlite:///{folder / 'scanner.sqlite3'}",
        "VAR_DIR": str(folder),
        "FEEDS": f"http://{world.host}/feeds/made-up.xml",
        "SCANNER_ALLOW_HOSTS": world.host,
        "SCANNER_INTERVAL": "0",
        "SCANNER_BASELINE": "recent",
        "ENSEMBLE_URL": ensemble or f"http://{world.host}",
        "REDIS_URL": redis_url,
        "LOG_LEVEL": "WARNING",
    }
    with serving("scanner", port_name="SCANNER_PORT", environment=environment) as server:
        yield server


def scan(server: Server) -> dict[str, Any]:
    """One scan, to its end: seconds, and what it found."""
    begun = time.perf_counter()
    number = _ask(f"{server.url}/scan", b"{}")["scan"]
    while (found := _ask(f"{server.url}/scans/{number}"))["state"] == "running":
        time.sleep(0.02)
    resident = psutil.Process(server.memory.pid).memory_info().rss / 1e6
    return {
        "seconds": round(time.perf_counter() - begun, 2),
        "new": found["new"],
        "priced": found["priced"],
        "alerts": found["alerts"],
        "resident_mb": round(resident),
    }


def _ask(url: str, body: bytes | None = None) -> dict[str, Any]:
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.load(answer))


def scans(folder: Path, world: World, redis_url: str, run: argparse.Namespace) -> dict[str, Any]:
    """The first scan, and those of a day."""
    market = Market()
    asyncio.run(fill(f"sqlite:///{folder / 'scanner.sqlite3'}", market, run.offers))
    with scanning(folder, world, redis_url, run.ensemble) as server:
        world.publish("made-up.xml", range(ITEMS), market)
        first = scan(server)
        later = []
        for number in range(1, run.scans + 1):
            world.publish("made-up.xml", range(NEW * number, NEW * number + ITEMS), market)
            later.append(scan(server))
    seconds = sorted(each["seconds"] for each in later)
    return {
        "first": first,
        "later_median_s": statistics.median(seconds),
        "later_slowest_s": seconds[-1],
        "later_new": later[-1]["new"],
        "resident_mb_after": [each["resident_mb"] for each in later[:: max(1, len(later) // 8)]],
    }


def pushes(folder: Path, world: World, redis_url: str, count: int) -> dict[str, Any]:
    """Alerts of the stream to one phone, a second: each is recorded, sent, and its outcome recorded."""
    environment = {
        "DATABASE_URL": f"sqlite:///{folder / 'notifier.sqlite3'}",
        "REDIS_URL": redis_url,
        "NOTIFY_URLS": f"json://{world.host}/hook",
        "NOTIFIER_MAX_DAILY": "none",
        "LOG_LEVEL": "WARNING",
    }
    client = Redis.from_url(redis_url)
    client.delete(STREAM)  # what the scans published is not to be counted
    with serving("notifier", port_name="NOTIFIER_PORT", environment=environment) as server:
        for each in _alerts(count):
            client.xadd(STREAM, {STREAM_FIELD: each.model_dump_json()})
        until = time.monotonic() + 300
        while len(world.pushes) < count and time.monotonic() < until:
            time.sleep(0.05)
        resident = psutil.Process(server.memory.pid).memory_info().rss / 1e6
    client.close()
    took = world.pushes[-1] - world.pushes[0] if len(world.pushes) > 1 else float("nan")
    return {"pushed": len(world.pushes), "a_second": round((len(world.pushes) - 1) / took, 1), "resident_mb": round(resident)}


def _alerts(count: int) -> Iterator[Opportunity]:
    now = datetime.now(UTC)
    for number in range(count):
        deal = Deal(title=f"Acme Drill D{number}", description="", price=60.0, url="https://deals.example", feed="A", published=now)
        yield Opportunity(
            id=f"bench-{number}", deal=deal, estimate=120.0, low=100.0, high=140.0, discount=60.0, chance=0.95, created=now
        )


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print; the last line is the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--offers", type=int, default=1_000_000, help="of the history (default: %(default)s)")
    parser.add_argument("--scans", type=int, default=16, help="after the first (default: %(default)s)")
    parser.add_argument("--pushes", type=int, default=500, help="(default: %(default)s)")
    parser.add_argument("--ensemble", default="", help="address of a running one (default: a stand-in that costs nothing)")
    run = parser.parse_args(argv)
    told: dict[str, Any] = {"bench": "deals", "offers": run.offers, "reading": reading(Market())}
    print(json.dumps(told["reading"]))
    with tempfile.TemporaryDirectory() as name, running_redis(Path(name)) as redis_url:
        world = World()
        told["scans"] = scans(Path(name), world, redis_url, run)
        print(json.dumps(told["scans"]))
        told["pushes"] = pushes(Path(name), world, redis_url, run.pushes)
        world.shutdown()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
