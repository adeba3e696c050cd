"""The scanner's database as the first release made it, without a version, with something in every table."""

import json
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text, insert
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from common.database import asynchronous

FIRST = MetaData()

Table(
    "feeds",
    FIRST,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("url", String(2000), nullable=False, unique=True),
    Column("title", String(200), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("origin", String(20), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("etag", String(500)),
    Column("last_modified", String(200)),
    Column("last_status", Integer),
    Column("last_error", Text),
    Column("last_fetched", Float),
    Column("not_before", Float),
    Column("items_seen", Integer, nullable=False),
)
Table(
    "deals",
    FIRST,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String(80), nullable=False),
    Column("feed_id", Integer, nullable=False),
    Column("feed", String(200), nullable=False),
    *(Column(name, Text, nullable=False) for name in ("title", "description", "url")),
    Column("retailer", String(200), nullable=False),
    Column("category", String(200), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("price", Float),
    Column("list_price", Float),
    Column("kind", String(30), nullable=False),
    Column("price_source", String(10), nullable=False),
    Column("condition", String(20), nullable=False),
    Column("has_variants", Boolean, nullable=False),
    Column("published", Float, nullable=False),
    Column("expires", Float),
    Column("first_seen", Float, nullable=False),
    Column("last_seen", Float, nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", Text),
    Column("answer", JSON),
    Index("deals_by_state", "state"),
)
Table(
    "deal_keys",
    FIRST,
    Column("key", String(80), primary_key=True),
    Column("deal_id", Integer, ForeignKey("deals.id", ondelete="CASCADE"), nullable=False, index=True),
)
Table(
    "opportunities",
    FIRST,
    Column("id", String(40), primary_key=True),
    Column("deal_id", Integer, ForeignKey("deals.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("feed_id", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("discount", Float, nullable=False, index=True),
    Column("expires", Float),
    Column("dismissed", Boolean, nullable=False),
    Column("alerted", Boolean, nullable=False),
    Column("created", Float, nullable=False),
)
Table(
    "outbox",
    FIRST,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("opportunity_id", String(40), nullable=False, unique=True),
    Column("body", Text, nullable=False),
    Column("traceparent", String(60)),
    Column("created", Float, nullable=False),
    Column("sent", Float, index=True),
)
Table(
    "scans",
    FIRST,
    Column("id", String(40), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("started", Float, nullable=False),
    Column("finished", Float),
    Column("report", JSON),
)


def _feed(url: str, **values: object) -> dict[str, Any]:
    facts = {"url": url, "title": "A", "currency": "USD", "origin": "default", "enabled": True, "removed": False, "demo": False}
    return facts | {"etag": '"7"', "items_seen": 3} | values


def _deal(name: str, state: str, **values: object) -> dict[str, Any]:
    texts = {"key": f"link:{name}", "feed": "A", "title": f"Acme Lamp {name} for $9", "description": "", "url": ""}
    facts = {
        "feed_id": 1,
        "retailer": "",
        "category": "",
        "currency": "USD",
        "price": 9.0,
        "kind": "priced",
        "price_source": "rules",
    }
    times = {"published": 1.7e9, "first_seen": 1.7e9, "last_seen": 4e9}
    return texts | facts | times | {"condition": "new", "has_variants": False, "state": state} | values


def _body(name: str) -> str:
    deal = {
        "title": f"Acme Lamp {name} for $9",
        "description": "",
        "price": 9.0,
        "url": "",
        "feed": "A",
        "published": "2023-11-14T22:13Z",
    }
    figures = {"estimate": 20.0, "low": 15.0, "high": 30.0, "discount": 11.0}
    return json.dumps({"id": name, "deal": deal, **figures, "created": "2023-11-14T22:13Z"})


def _opportunity(name: str, deal_id: int, **values: object) -> dict[str, Any]:
    facts = {"id": name, "deal_id": deal_id, "feed_id": 1, "body": _body(name), "discount": 11.0, "created": 1.7e9}
    return facts | {"dismissed": False, "alerted": True} | values


_ANSWER = {"price": 20.0, "low": 15.0, "high": 30.0, "model": "ensemble@1"}
ROWS: dict[str, list[dict[str, Any]]] = {
    "feeds": [_feed("https://a.example/rss"), _feed("https://gone.example/rss", enabled=False, removed=True)],
    "deals": [
        _deal("sent", "priced", answer=_ANSWER),
        _deal("waits", "priced", answer=_ANSWER),
        _deal("unpriced", "unpriced"),
        _deal("skipped", "skipped", price=None, reason="no price that can be relied on (none)"),
    ],
    "deal_keys": [
        *({"key": f"link:{name}", "deal_id": at} for at, name in enumerate(("sent", "waits", "unpriced", "skipped"), start=1)),
        {"key": "guid:sent", "deal_id": 1},
    ],
    "opportunities": [_opportunity("sent", 1, dismissed=True), _opportunity("waits", 2)],
    "outbox": [
        {"opportunity_id": "sent", "body": _body("sent"), "traceparent": "00-4a-00-01", "created": 1.7e9, "sent": 1.7e9},
        {"opportunity_id": "waits", "body": _body("waits"), "traceparent": "00-4b-00-01", "created": 1.7e9},
    ],
    "scans": [{"id": "scan-1", "state": "done", "started": 1.7e9, "finished": 1.7e9, "report": {"alerts": 2}}],
}


async def make_first(url: str) -> None:
    """Such a database at `url`."""
    engine = create_async_engine(asynchronous(make_url(url)))
    async with engine.begin() as connection:
        await connection.run_sync(FIRST.create_all)
        for name, rows in ROWS.items():
            for row in rows:
                await connection.execute(insert(FIRST.tables[name]).values(row))
    await engine.dispose()
