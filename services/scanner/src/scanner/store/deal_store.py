"""Keeps deals, their identities, and what became of them. What hangs on a deal is written in the deal's own transaction."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import parts
from common.deals import Opportunity
from scanner.deal_data import Feed, Judged, KnownDeal, NewDeal, PastPrice, StoredDeal, Told
from scanner.parsing.feed_entry import FeedEntry
from scanner.review.review_data import Question
from scanner.store.corrections.correction_store import DEALS, facts_of, publish_again
from scanner.store.corrections.feedback_store import VERDICT_OF_DEAL
from scanner.store.corrections.review_store import OPEN_REVIEW, ask, ask_of_judged
from scanner.store.ending_store import move_end
from scanner.store.history.comeback_store import take_in
from scanner.store.history.tally_store import before_reset
from scanner.store.opportunity_store import add_opportunity
from scanner.store.page import Page, decode_cursor, encode_cursor
from scanner.store.revision_store import put_right
from scanner.store.schema import deal_keys, deal_references, deals, feeds, moment_of, opportunities, seconds_of
from scanner.store.succession_store import take_place
from scanner.store.wishes.figure_store import note_figures

_READ = ("price", "list_price", "kind", "condition", "currency", "has_variants", "price_source", "shipping")
_KNOWN = select(deals, feeds.c.enabled).outerjoin(feeds, feeds.c.id == deals.c.feed_id)


class DealStore:
    """The tables around deals. `on_outbox` is called after new outbox rows were committed."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock, on_outbox: Callable[[], None]) -> None:
        self._engine, self._writing, self._on_outbox = engine, writing, on_outbox

    async def mark_seen(self, keys: Sequence[str], now: datetime) -> None:
        """The deals of these identities were seen now; those that were not seen for long are forgotten."""
        async with self._writing, self._engine.begin() as connection:
            for part in parts(keys):
                ids = select(deal_keys.c.deal_id).where(deal_keys.c.key.in_(part))
                await connection.execute(update(deals).where(deals.c.id.in_(ids)).values(last_seen=now.timestamp()))

    async def known(self, keys: Sequence[str]) -> dict[str, KnownDeal]:
        """The deals that these identities are known of."""
        query = _KNOWN.add_columns(deal_keys.c.key.label("identity")).join(deal_keys, deal_keys.c.deal_id == deals.c.id)
        known: dict[str, KnownDeal] = {}
        async with self._engine.connect() as connection:
            for part in parts(keys):
                rows = await connection.execute(query.where(deal_keys.c.key.in_(part)))
                known |= {row.identity: _known(row) for row in rows}
        return known

    async def at_prices(self, prices: Sequence[float], since: datetime) -> list[KnownDeal]:
        """Deals whose entry asks one of these prices, and was last seen after `since`."""
        query = _KNOWN.where(deals.c.last_seen >= since.timestamp(), deals.c.id.in_(select(deal_keys.c.deal_id)))
        found: list[KnownDeal] = []
        async with self._engine.connect() as connection:
            for part in parts(prices):
                rows = await connection.execute(query.where(deals.c.price.in_(part)).order_by(deals.c.id.desc()))
                found += [_known(row) for row in rows]
        return found

    async def past_prices(self, entries: Sequence[str], since: datetime) -> list[PastPrice]:
        """What these entries cost after `since`, the oldest first, without what a person had forgotten of their products."""
        entry = func.coalesce(deals.c.entry, deals.c.key).label("entry")
        query = select(entry, deals.c.price, deals.c.currency).where(deals.c.price.is_not(None)).order_by(deals.c.id)
        of_these = or_(deals.c.entry.in_(entries), deals.c.key.in_(entries))
        async with self._engine.connect() as connection:
            is_since = deals.c.last_seen >= since.timestamp(), not_(before_reset(deals.c.key, deals.c.first_seen))
            rows = await connection.execute(query.where(of_these, *is_since))
            return [PastPrice(*row) for row in rows]

    async def add_deals(self, new: Sequence[NewDeal], now: datetime) -> None:
        """Store new deals with their identities, which they take from earlier ones, and remember what they offer.

        An alert of a price that is gone is withdrawn in the same transaction, as far as the deal says so.
        """
        revised = False
        async with self._writing, self._engine.begin() as connection:
            for deal in await take_in(connection, new, now):
                result = await connection.execute(insert(deals).values(_row_of(deal, now)))
                (deal_id,) = result.inserted_primary_key or (None,)
                if deal.follows is not None:
                    revised |= await take_place(connection, deal, deal.follows, deal_id, now)
                await connection.execute(delete(deal_keys).where(deal_keys.c.key.in_(deal.keys)))
                await connection.execute(insert(deal_keys), [{"key": key, "deal_id": deal_id} for key in deal.keys])
                if deal.waits:
                    await ask(connection, deal_id, _question(deal, deal.waits), now)
                if deal.references:
                    body = [each.model_dump(mode="json") for each in deal.references]
                    await connection.execute(insert(deal_references).values(deal_id=deal_id, references=body))
        if revised:
            self._on_outbox()

    async def note_ends(self, told: Sequence[tuple[KnownDeal, datetime | None]], now: datetime) -> None:
        """These known deals end at another moment than they did, or at none that is known, as their feed says now."""
        async with self._writing, self._engine.begin() as connection:
            revised = [await move_end(connection, deal, end, now) for deal, end in told]
        if any(revised):
            self._on_outbox()

    async def note_reading(self, deal: KnownDeal, entry: FeedEntry, reading: str, feed: Feed) -> None:
        """A known deal is told in other words, at the same price."""
        told = {"title": entry.title, "description": entry.text, "reading": reading, "feed_id": feed.id, "feed": feed.title}
        async with self._writing, self._engine.begin() as connection:
            await connection.execute(update(deals).where(deals.c.id == deal.id).values(told))

    async def add_keys(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Further identities (second) of the deals that have the first."""
        async with self._writing, self._engine.begin() as connection:
            for known, further in {further: (known, further) for known, further in pairs}.values():
                deal_id = await connection.scalar(select(deal_keys.c.deal_id).where(deal_keys.c.key == known))
                taken = await connection.scalar(select(deal_keys.c.key).where(deal_keys.c.key == further))
                if deal_id is not None and taken is None:
                    await connection.execute(insert(deal_keys).values(key=further, deal_id=deal_id))

    async def unpriced(self, limit: int) -> list[StoredDeal]:
        """Deals that wait to be judged, newest first."""
        query = DEALS.where(deals.c.state == "unpriced").order_by(deals.c.id.desc()).limit(limit)
        async with self._engine.connect() as connection:
            return [StoredDeal.model_validate(facts_of(row)) for row in await connection.execute(query)]

    async def count_unpriced(self) -> int:
        """How many wait to be judged."""
        async with self._engine.connect() as connection:
            return await connection.scalar(select(func.count()).where(deals.c.state == "unpriced")) or 0

    async def record_judged(self, judged: Sequence[Judged], now: datetime, begun: datetime | None = None) -> None:
        """Judgements, opportunities and outbox, all or nothing; what was told of the same entry before is put right with them.

        `begun`: since when they and others are judged together; None: now.
        """
        pushed = False
        async with self._writing, self._engine.begin() as connection:
            await note_figures(connection, judged, begun or now)
            for each in judged:
                if not await _settle(connection, each):
                    continue
                again = await publish_again(connection, each, now)
                pushed |= await add_opportunity(connection, each, now) if again is None else again
                pushed |= await put_right(connection, each, now)
                await ask_of_judged(connection, each, now)
        if pushed:
            self._on_outbox()

    async def told_since(self, moment: datetime) -> list[Told]:
        """What was pushed since a moment."""
        entry = func.coalesce(deals.c.entry, deals.c.key).label("entry")
        query = select(entry, opportunities.c.body).join(deals, deals.c.id == opportunities.c.deal_id)
        is_since = opportunities.c.created >= moment.timestamp()
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.where(opportunities.c.alerted, is_since))
            return [_told(entry, Opportunity.model_validate_json(body)) for entry, body in rows]

    async def page(self, cursor: str | None, limit: int) -> Page:
        """Newest first, also those without a usable price."""
        said = OPEN_REVIEW.label("review_id"), VERDICT_OF_DEAL.label("feedback")
        query = DEALS.add_columns(*said).order_by(deals.c.id.desc()).limit(limit + 1)
        if cursor is not None:
            (last,) = decode_cursor(cursor, int)
            query = query.where(deals.c.id < last)
        async with self._engine.connect() as connection:
            rows = list(await connection.execute(query))
        following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
        return Page([facts_of(row) | _figures(row) for row in rows[:limit]], following)


async def _settle(connection: AsyncConnection, judged: Judged) -> bool:
    """Write a judgement down, unless the deal waits no longer at the price that was judged: a person named another meanwhile."""
    deal = judged.deal
    waits = and_(deals.c.state == "unpriced", deals.c.price == deal.price)
    if await connection.scalar(select(deals.c.id).where(deals.c.id == deal.id, not_(waits))) is not None:
        return False
    await connection.execute(update(deals).where(deals.c.id == deal.id).values(_outcome(judged)))
    return True


def _question(new: NewDeal, reason: str) -> Question:
    read = new.extraction
    return Question("unclear" if read.price is None else "differ", reason, read.candidates)


def _known(row: Row[Any]) -> KnownDeal:
    return KnownDeal(
        id=row.id,
        key=row.key,
        entry=row.entry or row.key,
        feed_id=row.feed_id,
        is_orphan=not row.enabled,
        title=row.title,
        reading=row.reading,
        price=row.price,
        currency=row.currency,
        condition=row.condition,
        retailer=row.retailer,
        url=row.url,
        last_seen=moment_of(row.last_seen),
        expires=None if row.expires is None else moment_of(row.expires),
        price_source=row.price_source,
        as_read=row.as_read and (row.as_read[0], row.as_read[1], row.as_read[2]),
    )


def _told(entry: str, found: Opportunity) -> Told:
    return Told(entry, found.deal.title, found.deal.condition, found.deal.price, found.product)


def _outcome(judged: Judged) -> dict[str, Any]:
    if judged.judgement is None:
        return {"state": "skipped", "reason": "the ensemble cannot judge this offer"}
    state = "review" if judged.opportunity and judged.opportunity.review else "priced"
    why = judged.opportunity.why_not if judged.opportunity else None
    return {"state": state, "reason": why, "answer": judged.judgement.model_dump(mode="json")}


def _row_of(new: NewDeal, now: datetime) -> dict[str, Any]:
    entry = new.entry
    return {
        "key": new.keys[0],
        "feed_id": new.feed.id,
        "feed": new.feed.title,
        "title": entry.title,
        "description": entry.text,
        "url": entry.link,
        "retailer": entry.retailer,
        "category": entry.category,
        "published": entry.published.timestamp(),
        "expires": seconds_of(entry.expires),
        **{name: getattr(new.extraction, name) for name in _READ},
        "first_seen": now.timestamp(),
        "last_seen": now.timestamp(),
        "state": "review" if new.waits else "unpriced" if new.why_skipped is None else "skipped",
        "reason": new.why_skipped,
        "entry": new.follows.entry if new.follows else new.renews,
        "reading": new.reading,
        "why_no_news": new.why_no_news,
        "unit_price": new.unit_price and new.unit_price.model_dump(mode="json"),
        "page": new.page and asdict(new.page),
    }


def _figures(row: Row[Any]) -> dict[str, Any]:
    answer = row.answer or {}
    names = {"low": "low", "high": "high", "chance": "chance", "estimate": "worth" if "worth" in answer else "price"}
    return {ours: answer.get(theirs) for ours, theirs in names.items()}
