"""Measures the dashboard's list over a real scanner: python -m bench.dashboard [--opportunities N]; one JSON line last.

Fills a scanner's database with N opportunities (10,000), starts scanner and dashboard as processes, and asks for the first page as
a person does who types, filters and sorts: milliseconds from the request to the last byte. The peer of the same run is a
page of the dashboard that asks the scanner for nothing. With Chromium there, also the first paint of the page on loopback.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from sqlalchemy import insert

from bench.deals import running_redis
from bench.server import serving, trivial_pricers
from common.deals import Deal, Opportunity
from common.judging import Evidence
from common.pricers import PRICERS
from common.pricing import Estimate, Similar
from pricer.local.ports import free_port
from scanner.opportunities.query import listed_as
from scanner.store.schema import deal_keys, deals, open_database, opportunities

PART = 1_000  # rows in one insert
ROUNDS = 60  # of each question
GOAL = 200.0  # milliseconds
QUESTIONS = {
    "as it comes": "/",
    "words": "/?q=drill",
    "words of two letters": "/?q=ac",
    "filters": "/?condition=used&min_saving=20&min_chance=80",
    "sorted by price": "/?sort=price",
    "newest": "/?sort=newest",
    "all states": "/?state=all",
    "nothing like it": "/?q=zzzz",
}
_KINDS = ("Drill", "Blender", "Monitor", "Router", "Lamp", "Headphones", "Vacuum", "Keyboard", "Toaster", "Backpack")
_BRANDS = ("Acme", "Bolt", "Corvo", "Delta", "Ember", "Fjord", "Gusto", "Halo")
_SHOPS = ("Best Buy", "Walmart", "Woot!", "Newegg")


def opportunity_of(number: int, now: datetime) -> Opportunity:
    """The `number`th, as rich as a real one."""
    price, worth = 20.0 + number % 900, (20.0 + number % 900) * (1.2 + number % 7 / 10)
    title = f"{_BRANDS[number % 8]} {_KINDS[number % 10]} QX{number}, brushless, with charger and bag for ${price:.0f}"
    deal = Deal(
        title=title,
        description="Two-speed gearbox, 60 Nm, LED work light, belt clip. " * 8,
        price=price,
        url=f"https://shop.example/{number}",
        retailer=_SHOPS[number % 4],
        feed="https://deals.example/rss",
        published=now - timedelta(minutes=number % 3000),
        condition=("new", "refurbished", "used")[number % 3],
        category=_KINDS[number % 10],
    )
    pricers = [pricer.name for pricer in PRICERS]
    return Opportunity(
        id=f"o{number}",
        deal=deal,
        estimate=worth,
        low=worth * 0.8,
        high=worth * 1.25,
        discount=worth - price,
        chance=0.5 + number % 50 / 100,
        estimates=[Estimate(pricer=name, price=worth, low=worth * 0.7, high=worth * 1.4, model=name, ms=5.0) for name in pricers],
        similar=[Similar(title=f"{title} {each}", price=worth, similarity=0.8) for each in range(5)],
        evidence=[Evidence(kind="estimate", price=worth, weight=0.6, words="3 pricers say so; similar ones are near.")],
        created=now - timedelta(minutes=number % 3000),
    )


async def fill(url: str, count: int) -> None:
    """A database with so many of them."""
    engine, now = await open_database(url), datetime.now(UTC)
    for start in range(0, count, PART):
        found = [(number + 1, opportunity_of(number, now)) for number in range(start, min(start + PART, count))]
        async with engine.begin() as connection:
            await connection.execute(insert(deals), [_deal_row(number, each) for number, each in found])
            await connection.execute(insert(deal_keys), [{"key": f"k{number}", "deal_id": number} for number, _ in found])
            await connection.execute(insert(opportunities), [_row(number, each) for number, each in found])
    await engine.dispose()


def _deal_row(number: int, each: Opportunity) -> dict[str, Any]:
    deal = each.deal
    texts = {
        name: getattr(deal, name)
        for name in ("title", "description", "url", "retailer", "feed", "category", "currency", "condition")
    }
    moment = deal.published.timestamp()
    facts = {"kind": "price", "price_source": "rules", "has_variants": False, "state": "priced", "price": deal.price}
    times = {"published": moment, "first_seen": moment, "last_seen": moment}
    return {"id": number, "key": f"k{number}", "feed_id": 1, **texts, **facts, **times}


def _row(number: int, each: Opportunity) -> dict[str, Any]:
    moment = each.created.timestamp()
    facts = {"discount": each.discount, "dismissed": False, "alerted": number % 9 == 0, "created": moment, "changed": moment}
    return {"id": each.id, "deal_id": number, "feed_id": 1, "body": each.model_dump_json(), **facts, **listed_as(each)}


def seconds_of(url: str) -> float:
    """From the request to the last byte."""
    began = time.perf_counter()
    with urllib.request.urlopen(url, timeout=30) as answer:
        answer.read()
    return time.perf_counter() - began


def measure(url: str, paths: Sequence[str]) -> dict[str, float]:
    """Milliseconds of ROUNDS answers, the paths in turn."""
    took = [1000 * seconds_of(url + path) for _ in range(ROUNDS) for path in paths]
    middle, late = np.quantile(took, [0.5, 0.95])
    return {"n": len(took), "p50": round(float(middle), 1), "p95": round(float(late), 1), "max": round(max(took), 1)}


def first_paint(url: str) -> float | None:
    """Milliseconds until a browser shows something; None without one."""
    try:
        from tests.browser import opened_chromium

        with tempfile.TemporaryDirectory() as profile, opened_chromium(Path(profile)) as browser:
            found = []
            for _ in range(5):
                browser.get(url)
                time.sleep(0.5)
                script = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
                found.append(browser.execute_script(script))
            return round(float(statistics.median(each for each in found if each is not None)), 1)
    except BaseException as exc:  # a skip where no browser is
        if isinstance(exc, KeyboardInterrupt):
            raise
        return None


Times: TypeAlias = dict[str, float]


def ask(url: str, count: int) -> tuple[dict[str, Times], Times, Times, float | None]:
    """Every question of the list, the bare page, a few deals' own pages, and the first paint."""
    for path in QUESTIONS.values():
        seconds_of(url + path)
    found = {name: measure(url, [path]) for name, path in QUESTIONS.items()}
    deals_of = [f"/opportunities/o{number}" for number in range(0, count, max(1, count // 5))]
    return found, measure(url, ["/offline"]), measure(url, deals_of), first_paint(url)


def main() -> None:
    """Fill, start, ask."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--opportunities", type=int, default=10_000, help="in the list (default: %(default)s)")
    count = parser.parse_args().opportunities
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite+aiosqlite:///{folder}/scanner.sqlite3"
        asyncio.run(fill(database, count))
        with running_redis(Path(folder)) as redis_url, trivial_pricers(0.0, [free_port()]) as (ensemble,):
            own = {"DATABASE_URL": database, "VAR_DIR": folder, "FEEDS": "", "REDIS_URL": redis_url, "ENSEMBLE_URL": ensemble}
            with (
                serving("scanner", port_name="SCANNER_PORT", environment=own) as scanner,
                serving(
                    "dashboard", port_name="DASHBOARD_PORT", environment={"SCANNER_URL": scanner.url, "VAR_DIR": folder}
                ) as dashboard,
            ):
                found, bare, one, paint = ask(dashboard.url, count)
    for name, each in found.items():
        print(f"{name:24} {each}")
    worst = max(each["p95"] for each in found.values())
    result = {"opportunities": count, "list_ms": found, "deal_ms": one, "page_without_a_question_ms": bare, "worst_p95_ms": worst}
    print(json.dumps({**result, "goal_ms": GOAL, "first_paint_ms": paint}))


if __name__ == "__main__":
    main()
