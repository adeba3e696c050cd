"""Keeps the rates of the days."""

import asyncio
from datetime import date, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from scanner.rates.day_rates import DayRates
from scanner.store.schema import rates

_KEPT = timedelta(days=60)


class RateStore:
    """The rates table."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine, self._writing = engine, writing

    async def newest(self) -> DayRates | None:
        """Those of the last day."""
        async with self._engine.connect() as connection:
            last = await connection.scalar(select(rates.c.day).order_by(rates.c.day.desc()).limit(1))
            if last is None:
                return None
            rows = list(await connection.execute(select(rates).where(rates.c.day == last)))
        return DayRates(date.fromisoformat(last), {row.currency: row.dollars for row in rows}, max(row.fetched for row in rows))

    async def keep(self, told: DayRates) -> None:
        """Those of a day, in the place of others of that day; what is older than two months goes."""
        day = told.day.isoformat()
        rows = [
            {"day": day, "currency": currency, "dollars": value, "fetched": told.fetched}
            for currency, value in told.dollars.items()
        ]
        async with self._writing, self._engine.begin() as connection:
            too_old = rates.c.day < (told.day - _KEPT).isoformat()
            await connection.execute(delete(rates).where((rates.c.day == day) | too_old))
            await connection.execute(insert(rates), rows)
