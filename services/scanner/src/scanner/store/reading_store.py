"""Keeps what feeds said last of deals of other feeds, so that a word counts when it is first heard and when it changes."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import parts
from scanner.deal_data import Feed, KnownDeal
from scanner.store.schema import deal_readings


class ReadingStore:
    """The deal_readings table."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine, self._writing = engine, writing

    async def last(self, feed: Feed, known: Sequence[KnownDeal]) -> dict[int, str]:
        """What a feed said last of these deals, by the deal's id, as far as it was noted."""
        found: dict[int, str] = {}
        async with self._engine.connect() as connection:
            for part in parts([deal.id for deal in known]):
                of_these = deal_readings.c.feed_id == feed.id, deal_readings.c.deal_id.in_(part)
                rows = await connection.execute(select(deal_readings.c.deal_id, deal_readings.c.reading).where(*of_these))
                found |= {row.deal_id: row.reading for row in rows}
        return found

    async def note(self, feed: Feed, said: Sequence[tuple[KnownDeal, str]]) -> None:
        """What a feed says of them now, which is no lower price."""
        rows = {deal.id: {"deal_id": deal.id, "feed_id": feed.id, "reading": reading} for deal, reading in said}
        async with self._writing, self._engine.begin() as connection:
            for part in parts(list(rows)):
                of_these = deal_readings.c.feed_id == feed.id, deal_readings.c.deal_id.in_(part)
                await connection.execute(delete(deal_readings).where(*of_these))
                await connection.execute(insert(deal_readings), [rows[each] for each in part])


async def take_readings(connection: AsyncConnection, old: KnownDeal, feed: Feed, new: int | None) -> None:
    """The deal `new`, told by `feed`, takes the place of `old`: what the others said of that is said of it.

    Where another feed takes it over, what its former feed said is from now on the word of another one too.
    """
    await connection.execute(update(deal_readings).where(deal_readings.c.deal_id == old.id).values(deal_id=new))
    is_own = deal_readings.c.feed_id.in_([feed.id, old.feed_id])  # a feed may have been another's before it was the deal's own
    await connection.execute(delete(deal_readings).where(deal_readings.c.deal_id == new, is_own))
    if old.feed_id != feed.id and old.reading is not None:
        said = {"deal_id": new, "feed_id": old.feed_id, "reading": old.reading}
        await connection.execute(insert(deal_readings).values(said))
