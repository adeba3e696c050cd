"""Keeps the rates of the day: asks the bank once a day, believes what can be believed, and remembers it over restarts.

Of several scanners the one that scans asks; the others take what it has kept.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from common.background import BackgroundTask
from scanner.rates.bank_file import BankError
from scanner.rates.day_rates import DayRates, Rates, believable, why_unbelievable

FRESH = timedelta(hours=20)  # for which a bank's answer counts as that of today
AGAIN = timedelta(hours=1)  # after which one that failed is asked again
PAUSE = 300.0  # seconds between looks at what another process has kept


class Bank(Protocol):
    """Tells rates."""

    async def rates(self) -> DayRates:
        """Those of the day. BankError says what went wrong."""
        ...


class RateBook(Protocol):
    """Where rates are kept."""

    async def newest(self) -> DayRates | None:
        """Those of the last day that is kept; None where there are none."""
        ...

    async def keep(self, rates: DayRates) -> None:
        """Those of a day, in the place of others of the same day."""
        ...


class RateDesk:
    """`rates` are what counts now. `bank`: None where none is asked. `problem`: why its last answer did not count."""

    def __init__(self, rates: Rates, book: RateBook, bank: Bank | None, now: Callable[[], datetime]) -> None:
        self.rates, self._book, self._bank, self._now = rates, book, bank, now
        self._following = BackgroundTask("rates of another process", self._follow)
        self.problem: str | None = None
        self.asked: datetime | None = None

    def start(self) -> None:
        """Begin to follow."""
        self._following.start()

    async def stop(self) -> None:
        """Follow nobody any more."""
        await self._following.stop()

    async def follow(self, now: datetime) -> None:
        """Take what was kept before a restart or by another process, where it is newer; nothing that is too old counts."""
        found = await self._book.newest() if self._bank is not None else None
        kept = self.rates.of_day
        if found is not None and (kept is None or found.fetched > kept.fetched):
            self.rates.of_day = found
        if self.rates.of_day is not None:
            self.rates.of_day = self.rates.of_day.current(now)

    async def refresh(self, now: datetime) -> None:
        """See to it that the rates are of today. A bank that is away, or lies, leaves the former ones, while they are current."""
        if self._bank is None:
            return
        await self.follow(now)
        kept = self.rates.of_day
        is_fresh = kept is not None and now.timestamp() - kept.fetched < FRESH.total_seconds()
        is_asked = self.asked is not None and now - self.asked < AGAIN
        if is_fresh or is_asked:
            return
        self.asked = now
        try:
            await self._take(await self._bank.rates(), kept, now)
        except BankError as exc:
            self.problem = str(exc)
            structlog.get_logger().warning("rates_not_had", why=str(exc), of=kept and kept.day.isoformat())

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            try:
                await self.follow(self._now())
            except Exception:  # noqa: BLE001 (a worker: the next look may go well)
                structlog.get_logger().exception("rates_not_looked_at")

    async def _take(self, told: DayRates, kept: DayRates | None, now: datetime) -> None:
        if why := why_unbelievable(told, now):
            raise BankError(why)
        found, jumped = believable(DayRates(told.day, told.dollars, now.timestamp()), kept)
        self.problem = f"not believed, as they jumped by more than 20 %: {', '.join(jumped)}" if jumped else None
        if jumped:
            structlog.get_logger().warning("rates_jumped", currencies=jumped, day=told.day.isoformat())
        await self._book.keep(found)
        self.rates.of_day = found
