"""Looks through what was seen for a wanted thing: deals by words of their titles, and what their products were offered for."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, case, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from common.database import parts
from scanner.store.schema import deal_keys, deals, feeds, moment_of, offers
from scanner.watchlist.sighting import PastPrice, Sighting

LOOK_BACK = timedelta(days=365)
STILL_THERE = timedelta(days=3)  # since a deal was last in a feed, within which it is taken to be there
_MOST = 2_000  # deals whose titles are read, the nearest first
_CHANCE = "chance"


class SightingStore:
    """The tables deals and offers, to be looked through."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def seen(self, words: Collection[str], now: datetime) -> list[Sighting]:
        """Deals of the last year with a price, whose titles have most of these words, in small letters; at most _MOST."""
        if not words:
            return []
        title = func.lower(deals.c.title)
        found = [title.like(f"%{_escaped(word)}%", escape="\\") for word in sorted(words)]
        score = sum((case((each, 1), else_=0) for each in found), literal(0))
        is_priced = (deals.c.price.is_not(None), ~deals.c.has_variants, deals.c.published >= (now - LOOK_BACK).timestamp())
        query = (
            select(deals, feeds.c.enabled, feeds.c.demo, deals.c.id.in_(select(deal_keys.c.deal_id)).label("is_asked"))
            .outerjoin(feeds, feeds.c.id == deals.c.feed_id)
            .where(or_(*found), *is_priced)
            .order_by(score.desc(), deals.c.id.desc())
            .limit(_MOST)
        )
        async with self._engine.connect() as connection:
            return [_sighting(row, now) for row in await connection.execute(query)]

    async def lowest(self, products: Sequence[str], conditions: Sequence[str], now: datetime) -> PastPrice | None:
        """The lowest price for which one of these products was offered within a year: deals that are forgotten count, too."""
        lowest: PastPrice | None = None
        since = (now - LOOK_BACK).timestamp()
        async with self._engine.connect() as connection:
            for part in parts(products):
                of_these = (offers.c.product.in_(part), offers.c.condition.in_(conditions), offers.c.offered >= since)
                query = select(offers).where(*of_these).order_by(offers.c.price, offers.c.offered.desc()).limit(1)
                row = (await connection.execute(query)).first()
                if row is not None and (lowest is None or row.price < lowest.price):
                    lowest = PastPrice(row.price, row.retailer or row.feed, moment_of(row.offered), row.url)
        return lowest


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _sighting(row: Row[Any], now: datetime) -> Sighting:
    is_over = row.expires is not None and row.expires <= now.timestamp()
    is_read = bool(row.enabled) or not row.demo
    is_there = row.is_asked and is_read and row.last_seen >= (now - STILL_THERE).timestamp()
    return Sighting(
        deal_id=row.id,
        title=row.title,
        text=row.description,
        price=row.price,
        currency=row.currency,
        condition=row.condition,
        retailer=row.retailer,
        feed=row.feed,
        url=row.url,
        published=moment_of(row.published),
        is_now=bool(is_there) and not is_over,
        chance=(row.answer or {}).get(_CHANCE),
    )
