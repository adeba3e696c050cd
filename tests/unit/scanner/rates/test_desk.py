"""The bank is asked once a day, believed as far as that can be, and remembered over restarts; what is set stands in for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from scanner.rates.bank_file import BankError
from scanner.rates.day_rates import DayRates, Rates
from scanner.rates.desk import RateDesk
from tests.unit.scanner.fakes import NOW, FakeBank, store_in
from tests.waiting import eventually

DAY = date(2026, 11, 20)
FIXED = {"AUD": 0.66, "ISK": 0.007}


def told(day: date = DAY, **dollars: float) -> DayRates:
    return DayRates(day, dollars or {"AUD": 0.65, "EUR": 1.1})


@asynccontextmanager
async def desk_in(folder: Path, bank: FakeBank | None) -> AsyncIterator[RateDesk]:
    store = await store_in(folder)
    try:
        desk = RateDesk(Rates(FIXED), store.rates, bank, lambda: NOW)
        await desk.follow(NOW)
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


@pytest.mark.parametrize("restarts", [False, True])
def test_a_rate_that_stays_where_it_jumped_to_is_believed_when_the_former_is_too_old(tmp_path: Path, restarts: bool) -> None:
    async def run() -> list[tuple[float, str]]:
        bank, found = FakeBank(told()), list[tuple[float, str]]()
        async with AsyncExitStack() as opened:
            desk = await opened.enter_async_context(desk_in(tmp_path, bank))
            for days in range(12):
                bank.told = told(DAY + timedelta(days=days), AUD=0.9 if days else 0.65, EUR=1.1)
                await desk.refresh(NOW + timedelta(days=days))
                found.append((desk.rates["AUD"], desk.rates.words("AUD")))
                assert (desk.problem is None) == (found[-1][0] == 0.9 or not days)
                if restarts:
                    desk = await opened.enter_async_context(desk_in(tmp_path, bank))
                    await desk.follow(NOW + timedelta(days=days))
        return found

    words = "the central bank's rate of 2026-"
    changed = [(0.9, f"{words}11-30"), (0.9, f"{words}12-01")]
    assert asyncio.run(run()) == [(0.65, f"{words}11-20")] * 10 + changed


def test_a_rate_that_was_kept_counts_no_longer_than_its_own_day_where_the_bank_is_away(tmp_path: Path) -> None:
    async def run() -> None:
        bank = FakeBank(told())
        async with desk_in(tmp_path, bank) as desk:
            await desk.refresh(NOW)
            bank.told = told(DAY + timedelta(days=5), AUD=0.9, EUR=1.12)
            await desk.refresh(NOW + timedelta(days=5))
            bank.told = BankError("away")
            await desk.refresh(NOW + timedelta(days=11))
            assert (desk.rates["AUD"], desk.rates["EUR"]) == (0.66, 1.12)  # the former is that which is set

    asyncio.run(run())


def test_a_scanner_that_takes_over_while_the_bank_is_away_goes_by_what_the_former_one_kept(tmp_path: Path) -> None:
    async def run() -> None:
        bank = FakeBank(told())
        async with desk_in(tmp_path, bank) as leader, desk_in(tmp_path, FakeBank(BankError("away"))) as other:
            await leader.refresh(NOW)
            await other.refresh(NOW)
            assert (other.rates["AUD"], other.problem) == (0.65, None)
            bank.told = told(DAY + timedelta(days=3), AUD=0.7)
            await leader.refresh(NOW + timedelta(days=3))
            await other.refresh(NOW + timedelta(days=12))
            assert (other.rates["AUD"], other.problem) == (0.7, "away")

    asyncio.run(run())


def test_a_scanner_that_does_not_scan_follows_and_lets_go_of_what_is_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.rates.desk.PAUSE", 0.01)
    moments = [NOW]

    async def run() -> None:
        async with desk_in(tmp_path, FakeBank(told())) as leader:
            store = await store_in(tmp_path)
            follower = RateDesk(Rates(FIXED), store.rates, FakeBank(BankError("away")), lambda: moments[-1])
            follower.start()
            await leader.refresh(NOW)
            await eventually(lambda: follower.rates["AUD"] == 0.65)
            moments.append(NOW + timedelta(days=11))
            await eventually(lambda: follower.rates["AUD"] == 0.66)
            await follower.stop()
            await store.aclose()

    asyncio.run(run())


def test_what_was_kept_too_long_ago_does_not_count_after_a_restart(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk_in(tmp_path, FakeBank(told())) as first:
            await first.refresh(NOW)
            later = RateDesk(Rates(FIXED), first._book, FakeBank(told()), lambda: NOW)
            await later.follow(NOW + timedelta(days=30))
            assert later.rates["AUD"] == 0.66

    asyncio.run(run())
