"""Keeps deals, their identities, and what became of them. Opportunities and outbox rows are written in one transaction."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.pricing import PriceResponse
from scanner.deal_data import NewDeal, StoredDeal
from scanner.policy import Verdict
from scanner.store.schema import deal_keys, deals, moment_of, opportunities, outbox, seconds_of

_AT_A_TIME = 500  # values in one IN (...): SQLite allows 32,766 in all, older ones 999


class DealStore:
    """The tables around deals. `on_outbox` is called after new outbox rows were committed."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock, on_outbox: Callable[[], None]) -> None:
        self._engine, self._writing, self._on_outbox = engine, writing, on_outbox

    async def known_keys(self, keys: Sequence[str], now: datetime) -> set[str]:
        """Which identities were seen before; their deals are marked as seen now."""
        found: dict[str, int] = {}
        async with self._writing, self._engine.begin() as connection:
            for part in _parts(keys):
                rows = await connection.execute(select(deal_keys.c.key, deal_keys.c.deal_id).where(deal_keys.c.key.in_(part)))
                found |= {row.key: row.deal_id for row in rows}
            for ids in _parts(sorted(set(found.values()))):
                await connection.execute(update(deals).where(deals.c.id.in_(ids)).values(last_seen=now.timestamp()))
        return set(found)

    async def add_deals(self, new: Sequence[NewDeal], now: datetime, why_skipped: Callable[[NewDeal], str | None]) -> None:
        """Store new deals with their identities."""
        async with self._writing, self._engine.begin() as connection:
            for deal in new:
                result = await connection.execute(insert(deals).values(_row_of(deal, now, why_skipped(deal))))
                (deal_id,) = result.inserted_primary_key or (None,)
                await connection.execute(insert(deal_keys), [{"key": key, "deal_id": deal_id} for key in deal.keys])

    async def add_keys(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Further identities (second) of the deals that have the first."""
        async with self._writing, self._engine.begin() as connection:
            for known, further in {further: (known, further) for known, further in pairs}.values():
                deal_id = await connection.scalar(select(deal_keys.c.deal_id).where(deal_keys.c.key == known))
                taken = await connection.scalar(select(deal_keys.c.key).where(deal_keys.c.key == further))
                if deal_id is not None and taken is None:
                    await connection.execute(insert(deal_keys).values(key=further, deal_id=deal_id))

    async def unpriced(self, limit: int) -> list[StoredDeal]:
        """Deals that wait for an estimate, newest first."""
        query = select(deals).where(deals.c.state == "unpriced").order_by(deals.c.id.desc()).limit(limit)
        async with self._engine.connect() as connection:
            return [_stored(row) for row in await connection.execute(query)]

    async def record_verdicts(
        self,
        answers: Sequence[tuple[StoredDeal, PriceResponse | None]],
        verdicts: Sequence[Verdict],
        alerts: set[str],
        now: datetime,
    ) -> None:
        """Estimates, opportunities and outbox, all or nothing."""
        async with self._writing, self._engine.begin() as connection:
            for deal, answer in answers:
                await connection.execute(update(deals).where(deals.c.id == deal.id).values(_outcome(answer)))
            pushed = [await _add_opportunity(connection, verdict, alerts, now) for verdict in verdicts]
        if any(pushed):
            self._on_outbox()


async def _add_opportunity(connection: AsyncConnection, verdict: Verdict, alerts: set[str], now: datetime) -> bool:
    """Whether an outbox row was written. An opportunity that is known is left alone, so that nobody is told twice."""
    opportunity, moment = verdict.opportunity, now.timestamp()
    if await connection.scalar(select(opportunities.c.id).where(opportunities.c.id == opportunity.id)):
        return False
    body, is_alert = opportunity.model_dump_json(), opportunity.id in alerts
    feed_id = select(deals.c.feed_id).where(deals.c.id == verdict.deal.id).scalar_subquery()
    row = {
        "id": opportunity.id,
        "deal_id": verdict.deal.id,
        "feed_id": feed_id,
        "body": body,
        "discount": opportunity.discount,
        "expires": seconds_of(opportunity.deal.expires),
        "dismissed": False,
        "alerted": is_alert,
        "created": moment,
    }
    await connection.execute(insert(opportunities).values(row))
    if is_alert:
        values = {"opportunity_id": opportunity.id, "body": body, "created": moment}
        await connection.execute(insert(outbox).values(values))
    return is_alert


def _parts(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[at : at + _AT_A_TIME] for at in range(0, len(values), _AT_A_TIME))


def _outcome(answer: PriceResponse | None) -> dict[str, Any]:
    if answer is None:
        return {"state": "skipped", "reason": "the ensemble cannot price this text"}
    return {"state": "priced", "answer": answer.model_dump(mode="json")}


def _row_of(deal: NewDeal, now: datetime, reason: str | None) -> dict[str, Any]:
    entry, extraction = deal.entry, deal.reading.extraction
    return {
        "key": deal.keys[0],
        "feed_id": deal.feed.id,
        "feed": deal.feed.title,
        "title": entry.title,
        "description": entry.text,
        "url": entry.link,
        "retailer": entry.retailer,
        "category": entry.category,
        "currency": extraction.currency,
        "price": extraction.price,
        "list_price": extraction.list_price,
        "kind": extraction.kind,
        "price_source": deal.reading.source,
        "condition": extraction.condition,
        "has_variants": extraction.has_variants,
        "published": entry.published.timestamp(),
        "expires": seconds_of(entry.expires),
        "first_seen": now.timestamp(),
        "last_seen": now.timestamp(),
        "state": "unpriced" if reason is None else "skipped",
        "reason": reason,
    }


def _stored(row: Row[Any]) -> StoredDeal:
    return StoredDeal(
        id=row.id,
        key=row.key,
        feed=row.feed,
        title=row.title,
        description=row.description,
        url=row.url,
        retailer=row.retailer,
        category=row.category,
        currency=row.currency,
        price=row.price,
        list_price=row.list_price,
        condition=row.condition,
        has_variants=row.has_variants,
        published=moment_of(row.published),
        expires=None if row.expires is None else moment_of(row.expires),
    )
