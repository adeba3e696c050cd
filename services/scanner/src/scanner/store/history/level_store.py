"""Reads the prices that were asked beside what the pricers say of the texts. Changes nothing."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from scanner.levels.price_index import Asked, CategoryLevels, price_levels
from scanner.store.schema import deals, moment_of

_MOST = 200_000  # deals that are looked at, the newest
_FRESH = timedelta(hours=1)  # for how long an answer is given again


class LevelStore:
    """Levels over the deals table; an answer is kept for an hour, since to make one reads all of it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine, self._making = engine, asyncio.Lock()
        self._kept: dict[int, tuple[datetime, list[CategoryLevels]]] = {}

    async def levels(self, since: datetime, now: datetime) -> list[CategoryLevels]:
        """Of the deals published since a moment and not after `now`, in US dollars."""
        weeks = (now - since).days
        async with self._making:
            made, found = self._kept.get(weeks, (None, []))
            if made is None or not made <= now < made + _FRESH:
                found = await asyncio.to_thread(_levels_of, await self._rows(since, now))
                self._kept[weeks] = now, found
        return found

    async def _rows(self, since: datetime, now: datetime) -> Sequence[Row[Any]]:
        table, estimate = deals.c, deals.c.answer["answer"]["price"].as_float()
        query = select(table.category, table.published, table.price, estimate.label("estimate")).where(
            table.state == "priced",
            table.currency == "USD",
            table.price.is_not(None),
            table.published.between(since.timestamp(), now.timestamp()),
        )
        async with self._engine.connect() as connection:
            return (await connection.execute(query.order_by(table.id.desc()).limit(_MOST))).all()


def _levels_of(rows: Sequence[Row[Any]]) -> list[CategoryLevels]:
    offers = (Asked(row.category, moment_of(row.published), row.price, row.estimate) for row in rows if row.estimate)
    return price_levels(offers)
