"""Keeps the rates of the days."""

import asyncio
from datetime import date, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from scanner.rates.day_rates import DayRates
from scanner.store.schema import rates

_KEPT = timedelta(days=60)
_FIRST = rates.alias("first")
# A rate that was kept in the place of another one bears the moment at which it was told: the first of that moment is of its day.
_TOLD = select(func.min(_FIRST.c.day)).where(_FIRST.c.currency == rates.c.currency, _FIRST.c.fetched == rates.c.fetched)
_OF_DAY = select(rates, _TOLD.scalar_subquery().label("told"))


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
            rows = list(await connection.execute(_OF_DAY.where(rates.c.day == last)))
        day, fetched = date.fromisoformat(last), max(row.fetched for row in rows)
        former = {row.currency: (date.fromisoformat(row.told), row.fetched) for row in rows if row.fetched < fetched}
        return DayRates(day, {row.currency: row.dollars for row in rows}, fetched, former)

    async def keep(self, told: DayRates) -> None:
        """Those of a day, in the place of others of that day; what is older than two months goes."""
        day = told.day.isoformat()
        rows = [
            {"day": day, "currency": currency, "dollars": value, "fetched": told.former.get(currency, (day, told.fetched))[1]}
            for currency, value in told.dollars.items()
        ]
        async with self._writing, self._engine.begin() as connection:
            too_old = rates.c.day < (told.day - _KEPT).isoformat()
            await connection.execute(delete(rates).where((rates.c.day == day) | too_old))
            await connection.execute(insert(rates), rows)
