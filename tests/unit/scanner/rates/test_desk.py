"""The bank is asked once a day, believed as far as that can be, and remembered over restarts; what is set stands in for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from scanner.rates.bank_file import BankError
from scanner.rates.day_rates import DayRates, Rates
from scanner.rates.desk import RateDesk
from tests.unit.scanner.fakes import NOW, FakeBank, store_in

DAY = date(2026, 11, 20)
FIXED = {"AUD": 0.66, "ISK": 0.007}


def told(day: date = DAY, **dollars: float) -> DayRates:
    return DayRates(day, dollars or {"AUD": 0.65, "EUR": 1.1})


@asynccontextmanager
async def desk_in(folder: Path, bank: FakeBank | None) -> AsyncIterator[RateDesk]:
    store = await store_in(folder)
    try:
        desk = RateDesk(Rates(FIXED), store.rates, bank)
        await desk.load()
        yield desk
    finally:
        await store.aclose()


def test_the_banks_rates_come_before_those_that_are_set_and_say_so(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk_in(tmp_path, FakeBank(told())) as desk:
            await desk.refresh(NOW)
            assert dict(desk.rates) == {"AUD": 0.65, "EUR": 1.1, "ISK": 0.007}
            assert desk.rates.words("AUD") == "the central bank's rate of 2026-11-20"
            assert desk.rates.words("ISK") == "the rate that is set"
            assert desk.rates.words("XXX") == ""

    asyncio.run(run())


def test_the_bank_is_asked_once_a_day(tmp_path: Path) -> None:
    async def run() -> int:
        bank = FakeBank(told())
        async with desk_in(tmp_path, bank) as desk:
            for quarters in range(4 * 24):
                await desk.refresh(NOW + timedelta(minutes=15 * quarters))
            return bank.calls

    assert asyncio.run(run()) == 2


def test_a_bank_that_is_away_is_asked_again_after_an_hour_and_the_fixed_ones_count(tmp_path: Path) -> None:
    async def run() -> None:
        bank = FakeBank(BankError("HTTP 503"))
        async with desk_in(tmp_path, bank) as desk:
            for minutes in (0, 15, 59, 60):
                await desk.refresh(NOW + timedelta(minutes=minutes))
            assert (bank.calls, desk.problem, desk.rates["AUD"]) == (2, "HTTP 503", 0.66)
            bank.told = told()
            await desk.refresh(NOW + timedelta(hours=2))
            assert (desk.problem, desk.rates["AUD"]) == (None, 0.65)

    asyncio.run(run())


def test_rates_survive_a_restart_without_another_question(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk_in(tmp_path, FakeBank(told())) as first:
            await first.refresh(NOW)
        bank = FakeBank(BankError("away"))
        async with desk_in(tmp_path, bank) as desk:
            await desk.refresh(NOW + timedelta(hours=1))
            assert (bank.calls, desk.rates["AUD"]) == (0, 0.65)
        async with desk_in(tmp_path, None) as off:
            assert off.rates["AUD"] == 0.66

    asyncio.run(run())


def test_rates_that_are_too_old_count_no_more(tmp_path: Path) -> None:
    async def run() -> None:
        bank = FakeBank(told())
        async with desk_in(tmp_path, bank) as desk:
            await desk.refresh(NOW)
            bank.told = BankError("away")
            await desk.refresh(NOW + timedelta(days=8))
            assert desk.rates["AUD"] == 0.65
            await desk.refresh(NOW + timedelta(days=11))
            assert desk.rates["AUD"] == 0.66

    asyncio.run(run())


@pytest.mark.parametrize(
    "lie",
    [told(DAY - timedelta(days=30)), told(DAY + timedelta(days=30)), told(AUD=0.0), told(AUD=-1.0), told(AUD=float("nan"))],
)
def test_a_bank_that_lies_is_not_believed(tmp_path: Path, lie: DayRates) -> None:
    async def run() -> RateDesk:
        async with desk_in(tmp_path, FakeBank(lie)) as desk:
            await desk.refresh(NOW)
            return desk

    found = asyncio.run(run())
    assert found.problem is not None
    assert dict(found.rates) == FIXED


def test_a_jump_is_not_believed_and_the_others_are(tmp_path: Path) -> None:
    async def run() -> None:
        bank = FakeBank(told())
        async with desk_in(tmp_path, bank) as desk:
            await desk.refresh(NOW)
            bank.told = told(DAY + timedelta(days=1), AUD=0.9, EUR=1.12)
            await desk.refresh(NOW + timedelta(days=1))
            assert (desk.rates["AUD"], desk.rates["EUR"]) == (0.65, 1.12)
            assert desk.problem == "not believed, as they jumped by more than 20 %: AUD"

    asyncio.run(run())
