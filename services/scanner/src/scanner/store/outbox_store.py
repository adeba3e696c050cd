"""Opportunities that wait to be published: appended to the stream in order, closed when a notifier has stored them."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from common.deals import Notice
from scanner.deal_data import OutboxRow
from scanner.outbox_relay import AppendedRow
from scanner.store.schema import outbox, outbox_entries


class OutboxStore:
    """Reads and marks outbox rows. `on_outbox`: after a new one."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock, on_outbox: Callable[[], None] = lambda: None) -> None:
        self._engine, self._writing, self._on_outbox = engine, writing, on_outbox

    async def add_notice(self, notice: Notice) -> bool:
        """Put it in, unless one of its id is there or was; whether it is new."""
        row = {"opportunity_id": notice.id, "body": notice.model_dump_json(), "created": notice.created.timestamp()}
        is_there = select(func.count()).where(outbox.c.opportunity_id == notice.id)
        async with self._writing, self._engine.begin() as connection:
            if await connection.scalar(is_there):
                return False
            await connection.execute(insert(outbox).values(row))
        self._on_outbox()
        return True

    async def unsent(self, limit: int) -> list[OutboxRow]:
        """The oldest rows that are neither appended nor sent."""
        waiting = select(outbox).outerjoin(outbox_entries).where(outbox.c.sent.is_(None), outbox_entries.c.entry.is_(None))
        async with self._engine.connect() as connection:
            rows = await connection.execute(waiting.order_by(outbox.c.id).limit(limit))
            return [OutboxRow(row.id, row.body, row.traceparent) for row in rows]

    async def appended(self, after: int, limit: int) -> list[AppendedRow]:
        """Rows that were appended and are not sent, by id, those above `after`."""
        columns = (outbox.c.id, outbox.c.opportunity_id, outbox_entries.c.entry)
        query = select(*columns).join(outbox_entries).where(outbox.c.sent.is_(None), outbox.c.id > after)
        async with self._engine.connect() as connection:
            return [AppendedRow(*row) for row in await connection.execute(query.order_by(outbox.c.id).limit(limit))]

    async def mark_appended(self, entries: Sequence[tuple[int, str]], now: datetime) -> None:
        """These rows are in the stream. What was under the same entry is not: a stream that gives an id twice forgot the first."""
        rows = [{"outbox_id": each, "entry": entry, "appended": now.timestamp()} for each, entry in entries]
        async with self._writing, self._engine.begin() as connection:
            is_old = outbox_entries.c.outbox_id.in_([each for each, _ in entries])
            is_taken = outbox_entries.c.entry.in_([entry for _, entry in entries])
            await connection.execute(delete(outbox_entries).where(or_(is_old, is_taken)))
            await connection.execute(insert(outbox_entries), rows)

    async def mark_lost(self, ids: Sequence[int]) -> None:
        """These are not in the stream any more: they wait again."""
        async with self._writing, self._engine.begin() as connection:
            await connection.execute(delete(outbox_entries).where(outbox_entries.c.outbox_id.in_(ids)))

    async def mark_sent(self, ids: Sequence[int], now: datetime) -> None:
        """These are stored by a notifier."""
        async with self._writing, self._engine.begin() as connection:
            await connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(sent=now.timestamp()))
            await connection.execute(delete(outbox_entries).where(outbox_entries.c.outbox_id.in_(ids)))

    async def count_unsent(self) -> int:
        """How many no notifier has stored."""
        async with self._engine.connect() as connection:
            return await connection.scalar(select(func.count()).where(outbox.c.sent.is_(None))) or 0
