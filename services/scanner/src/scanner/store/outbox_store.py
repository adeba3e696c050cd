"""Opportunities that wait to be published: read in order, marked when they are in the stream."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from scanner.deal_data import OutboxRow
from scanner.store.schema import outbox


class OutboxStore:
    """Reads and marks outbox rows."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine, self._writing = engine, writing

    async def unsent(self, limit: int) -> list[OutboxRow]:
        """The oldest rows that are not sent."""
        query = select(outbox).where(outbox.c.sent.is_(None)).order_by(outbox.c.id).limit(limit)
        async with self._engine.connect() as connection:
            return [OutboxRow(row.id, row.body) for row in await connection.execute(query)]

    async def mark_sent(self, ids: Sequence[int], now: datetime) -> None:
        """These are in the stream."""
        async with self._writing, self._engine.begin() as connection:
            await connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(sent=now.timestamp()))

    async def count_unsent(self) -> int:
        """How many wait."""
        async with self._engine.connect() as connection:
            return await connection.scalar(select(func.count()).where(outbox.c.sent.is_(None))) or 0
