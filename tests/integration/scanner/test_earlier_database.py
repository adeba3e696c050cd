"""A database that an earlier version made opens and works: what it lacks is made, and a column that nothing reads does no harm."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, String, insert, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from common.database import asynchronous
from common.deals import Opportunity
from scanner.feed_list import WantedFeed
from scanner.store.schema import METADATA
from scanner.store.store import open_store
from tests.integration.postgres import PostgresProcess
from tests.unit.scanner.fakes import FakeJudge, FakeSource, item, rss, scanner_over

A = "https://a.example/rss"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where an empty database is."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'scanner.sqlite3'}"
        return
    server = PostgresProcess()
    yield server.url
    server.close()


def with_traces() -> MetaData:
    """The tables as they were while each outbox row kept the trace that it came from, no deal its references, and nobody offers."""
    tables = MetaData()
    for table in METADATA.sorted_tables:
        if table.name not in ("deal_references", "offers", "plans"):
            table.to_metadata(tables)
    tables.tables["outbox"].append_column(Column("traceparent", String(60)))
    return tables


PRICED = {
    **{"key": "link:earlier", "feed_id": 7, "feed": "A", "title": "Acme Lamp for $9", "description": "", "url": "", "retailer": ""},
    **{"category": "", "currency": "USD", "price": 9.0, "kind": "priced", "price_source": "rules", "condition": "new"},
    **{"has_variants": False, "published": 1.0, "first_seen": 1.0, "last_seen": 4e9, "state": "priced"},
    "answer": {"price": 20.0, "low": 15.0, "high": 30.0, "model": "ensemble@1"},
}


async def make_earlier(url: str) -> None:
    """A database of that version, with a deal that has an estimate, and an opportunity that waits to be published."""
    tables, engine = with_traces(), create_async_engine(asynchronous(make_url(url)))
    waiting = {"opportunity_id": "earlier", "body": '{"id": "earlier"}', "traceparent": "00-4b-00-01", "created": 1.0}
    async with engine.begin() as connection:
        await connection.run_sync(tables.create_all)
        await connection.execute(insert(tables.tables["deals"]).values(PRICED))
        await connection.execute(insert(tables.tables["outbox"]).values(waiting))
    await engine.dispose()


def test_what_waited_is_still_published_and_new_deals_follow_it(url: str) -> None:
    async def run() -> None:
        await make_earlier(url)
        store = await open_store(url, lambda: None)
        await store.feeds.configure([WantedFeed(A, "A")], "environment")
        assert [row.body for row in await store.outbox.unsent(10)] == ['{"id": "earlier"}']
        report = await scanner_over(store, FakeSource({A: rss(item("Acme Drill for $60", text="It was $80."))}), FakeJudge()).scan()
        assert report.pricing.alerts == 1
        new_deal, old_deal = (await store.deals.page(None, 10)).items
        assert (old_deal["estimate"], old_deal["low"], old_deal["high"], old_deal["chance"]) == (20.0, 15.0, 30.0, None)
        assert (new_deal["estimate"], new_deal["chance"]) == (200.0, 0.95)
        earlier, new = await store.outbox.unsent(10)
        assert (earlier.body, "Acme Drill" in new.body) == ('{"id": "earlier"}', True)
        assert [each.price for each in Opportunity.model_validate_json(new.body).deal.references] == [80.0]
        await store.outbox.mark_sent([earlier.id, new.id], datetime.now(UTC))
        assert await store.outbox.count_unsent() == 0
        await store.aclose()
        again = create_async_engine(asynchronous(make_url(url)))
        async with again.connect() as connection:
            traces = (await connection.execute(text("SELECT traceparent FROM outbox ORDER BY id"))).scalars().all()
        await again.dispose()
        assert traces == ["00-4b-00-01", None]

    asyncio.run(run())
