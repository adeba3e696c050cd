"""A morning's worth of what waits, was pushed, came true and is read, all invented, for the pages in a browser."""

import math
from datetime import timedelta
from typing import Any

from tests.unit.dashboard.desk_world import NOW, DeskWorld, decided, held, held_on, ledger, pushed, review, share
from tests.unit.dashboard.fakes import World, channel, feed, notification, opportunity

_GOODS = (
    "Cordless drill driver kit, 20 V brushless, two 2 Ah batteries",
    "Robot vacuum with self-emptying dock and LiDAR mapping",
    '27" QHD 165 Hz IPS gaming monitor',
    "Espresso machine, 15 bar, with milk frother",
    "Noise-cancelling over-ear headphones",
    "Air fryer, 5.8 quart, with two baskets",
)


def fill(world: World) -> None:
    """Put all of it into a world."""
    world.desk = DeskWorld(reviews=_reviews(), ledger=_ledger(), held=_held(), snoozes=_snoozes())
    world.channels = [channel("Phone"), channel("Mail", problem="answered 503", waiting=2), channel("Home webhook")]
    world.notifications[:0] = _pushes()
    world.feeds = _feeds()
    world.dead = [
        {"id": "7-0", "entry": "1764460800123-0", "reason": "no opportunity: line 1 column 9", "buried": NOW.isoformat()}
        | {"opportunity": None, "fields": {"opportunity": '{"id": "a3", "deal": {"title": "Bench grinder, 8 in'}},
        {"id": "6-0", "entry": "1764460800100-0", "reason": "exhausted", "buried": (NOW - timedelta(days=2)).isoformat()}
        | {"opportunity": opportunity(9, title=_GOODS[3]), "fields": {}},
    ]


def _reviews() -> list[dict[str, Any]]:
    amounts = [(449.0, "feed", "449.00"), (349.0, "title", "$349"), (379.99, "text", "$379.99 for members")]
    candidates = [
        {"number": number, "price": price, "currency": "USD", "source": source, "words": words}
        for number, (price, source, words) in enumerate(amounts, 1)
    ]
    text = "The lowest price in months by $50.\nMembers see it as $379.99 for members; all others get $349 with the coupon."
    first = review(7, title=f"{_GOODS[1]} for $349", candidates=candidates, description=text, why="unclear")
    first["reason"] = "no price can be read for sure, and three amounts are named"
    doubt = review(
        5, why="too_good", title=f"{_GOODS[4]} for $9", estimate=179.0, reason="$9.00 is too little for something worth $179"
    )
    done = [decided(4, title=_GOODS[2], estimate=210.0, price=139.99), decided(3, title=_GOODS[0], price=59.99)]
    return [
        first,
        review(6),
        doubt,
        *done,
        decided(2, state="dropped", title="Up to 40 % off grills", note="a sale of many things"),
    ]


def _ledger() -> dict[str, Any]:
    items = []
    for number in range(60):
        saving = 12 + 138 * ((number * 37) % 60) / 60
        held_of = saving * (0.78 + 0.5 * math.sin(number * 1.7)) - 6
        verdict = "open" if number < 6 else "right" if held_of >= saving / 2 else "wrong"
        known = {"held": None, "usual_later": None} if verdict == "open" else {"held": round(held_of, 2)}
        moment = NOW - timedelta(days=3 * number)
        why = "it was not offered again yet" if verdict == "open" else f"of the claimed ${saving:,.2f} ${max(held_of, 0):,.2f} held"
        changes = {"title": _GOODS[number % len(_GOODS)], "saving": round(saving, 2), "pushed": moment.isoformat(), "why": why}
        items.append(pushed(number, verdict=verdict, points=2 + number % 9, **changes, **known))
    counts = [(7, 3), (9, 3), (6, 2), (11, 3), (8, 4), (12, 2), (9, 1), (10, 2), (13, 2), (9, 1), (4, 0), (0, 0)]
    mondays = [(NOW - timedelta(days=NOW.weekday() + 7 * back)).date().isoformat() for back in range(len(counts))][::-1]
    weeks = [share(monday, right, wrong, 6 if not right else 0) for monday, (right, wrong) in zip(mondays, counts, strict=True)]
    feeds = [share("https://www.dealnews.example/rss", 61, 15, 4), share("https://ozdeals.example/feed", 37, 8, 2)]
    pricers = [share("specialist", 80, 14, 5), share("frontier-rag", 84, 17, 6), share("random-forest", 61, 19, 3)]
    rules = [share("Good deals", 82, 19, 5), share("OLED televisions", 9, 3, 1), share("watch: espresso machine", 7, 1)]
    shares = {"all": share("all", 98, 23, 6), "rules": rules, "feeds": feeds, "pricers": pricers, "weeks": weeks}
    return ledger(*items, **shares | {"pushes": 127})


def _held() -> list[dict[str, Any]]:
    night = [
        held(number, title=title, why=why)
        for number, (title, why) in enumerate(zip(_GOODS, ("quiet", "quiet", "daily"), strict=False))
    ]
    return [held_on("Phone", *night, count=5), held_on("Mail", held(9, title=_GOODS[4], why="snoozed"))]


def _snoozes() -> list[dict[str, Any]]:
    return [{"id": 1, "subject": "feed", "target": "4", "until": (NOW + timedelta(hours=20)).isoformat()}]


def _pushes() -> list[dict[str, Any]]:
    sent = {"stage": "sent", "attempts": 1, "updated": NOW.isoformat()}
    refused = {"target": "Mail", "stage": "failed", "attempts": 5, "error": "answered 401", "updated": NOW.isoformat()}
    later = {"target": "Mail", "stage": "held", "until": (NOW + timedelta(hours=8)).isoformat()}
    digest = {"opportunity": None, "kind": "digest", "title": "3 alerts together", "id": "digest:1"}
    found = [
        notification(11, state="pending", sent=None, deliveries=[sent | {"target": "Phone"}, later]),
        notification(12, state="failed", sent=None, deliveries=[sent | {"target": "Phone"}, refused]),
        notification(13, deliveries=[sent | {"target": name} for name in ("Phone", "Mail")], **digest),
    ]
    for number, each in enumerate(found[:2], 1):
        each["opportunity"]["deal"] |= {"title": _GOODS[number], "price": 329.0 / number}
    return found


def _feeds() -> list[dict[str, Any]]:
    def at(minutes: float) -> str:
        return (NOW + timedelta(minutes=minutes)).isoformat()

    well = {"state": "well", "next_try": at(9), "items": 25, "last_new": at(-40), "last_fetched": at(-6), "last_tried": at(-6)}
    bad = {
        "state": "failing",
        "failures": 4,
        "last_error": "answered 503",
        "last_status": 503,
        "failing_since": at(-300),
        "next_try": at(95),
    }
    return [
        feed(1, title="DealNews Tools", url="https://www.dealnews.example/c202/?rss=1", schedule_words="every 15 minutes", **well),
        feed(
            2,
            title="OzDeals",
            url="https://ozdeals.example/feed",
            currency="AUD",
            details=True,
            schedule_words="every hour",
            **well,
        ),
        feed(
            3,
            title="Bargains",
            url="https://bargains.example/feed.xml",
            schedule_words="every 15 minutes",
            **bad | {"last_fetched": at(-310)},
        ),
        feed(
            4,
            title="Morning post",
            url="https://post.example/rss",
            schedule_words="0 7 * * * (Europe/Berlin)",
            **well | {"next_try": at(700)},
        )
        | {"schedule": {"every": None, "cron": "0 7 * * *", "zone": "Europe/Berlin"}},
        feed(5, title="demo", url="demo", demo=True, state="paused", paused=True, schedule_words="every 15 minutes"),
    ]
