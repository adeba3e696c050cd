"""A quota admits its burst, comes back evenly, and lets a large request run into debt; an absent shared store is not missed."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import UnavailableError
from common.http.rate_limit import MemoryRates, Quota, SharedRates, Standing, headers_of


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class AbsentRates:
    """A store that is away until told."""

    def __init__(self) -> None:
        self.is_away, self.rates = True, MemoryRates()

    async def charge(self, caller: str, quota: Quota, units: int, *, forced: bool = False) -> Standing:
        if self.is_away:
            raise UnavailableError("away")
        return await self.rates.charge(caller, quota, units, forced=forced)


def charge(rates: MemoryRates | SharedRates, quota: Quota, units: int = 1, *, forced: bool = False) -> Standing:
    return asyncio.run(rates.charge("shop", quota, units, forced=forced))


def test_a_burst_is_admitted_then_one_for_each_interval() -> None:
    clock, quota = Clock(), Quota(3, 6)
    rates = MemoryRates(clock)
    assert [charge(rates, quota).allowed for _ in range(4)] == [True, True, True, False]
    assert charge(rates, quota).wait == pytest.approx(2)
    clock.now += 2
    assert [charge(rates, quota).allowed for _ in range(2)] == [True, False]


def test_a_refused_request_costs_nothing() -> None:
    clock, quota = Clock(), Quota(1, 10)
    rates = MemoryRates(clock)
    for _ in range(100):
        charge(rates, quota)
    clock.now += 10
    assert charge(rates, quota).allowed


def test_a_large_batch_runs_into_debt_which_the_next_waits_out() -> None:
    clock, quota = Clock(), Quota(60, 60)
    rates = MemoryRates(clock)
    assert charge(rates, quota).allowed
    standing = charge(rates, quota, 99, forced=True)
    assert (standing.remaining, standing.wait) == (0, pytest.approx(41))
    clock.now += 40.5
    assert not charge(rates, quota).allowed
    clock.now += 0.6
    assert charge(rates, quota).allowed


def test_callers_do_not_use_up_each_others_quota() -> None:
    rates, quota = MemoryRates(Clock()), Quota(1, 60)
    assert charge(rates, quota).allowed
    assert asyncio.run(rates.charge("other", quota, 1)).allowed


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 4)), min_size=1, max_size=60), st.integers(1, 20), st.integers(1, 20))
def test_never_more_than_the_burst_and_what_came_back_is_admitted(
    steps: list[tuple[float, int]], prices: int, seconds: int
) -> None:
    clock, quota = Clock(), Quota(prices, seconds)
    rates, begun, taken, largest = MemoryRates(clock), clock.now, 0, 0
    for pause, units in steps:
        clock.now += pause
        standing = charge(rates, quota, units)
        taken += units if standing.allowed else 0
        largest = max(largest, units)
        assert 0 <= standing.remaining <= prices
    assert taken <= prices + (clock.now - begun) * prices / seconds + largest + 1e-3


def test_an_absent_store_is_replaced_by_memory_and_used_again_when_back() -> None:
    shared, quota = AbsentRates(), Quota(1, 60)
    rates = SharedRates(shared, MemoryRates())
    assert [charge(rates, quota).allowed for _ in range(2)] == [True, False]
    shared.is_away = False
    assert [charge(rates, quota).allowed for _ in range(2)] == [True, False]


def test_headers_are_structured_fields_of_the_draft() -> None:
    assert headers_of(Quota(600, 60), Standing(True, 599, 0.0, 0.1)) == {
        "RateLimit-Policy": '"prices";q=600;w=60',
        "RateLimit": '"prices";r=599;t=1',
    }
    assert headers_of(Quota(1, 60), Standing(False, 0, 59.2, 59.2))["RateLimit"] == '"prices";r=0;t=60'


@pytest.mark.parametrize("text", ["", "5", "5/", "/5", "0/5", "5/0", "-5/5", "5/5/5", "a/b", "5/86401", "\u0665/5"])
def test_what_is_no_quota_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"prices|limit"):
        Quota.parse(text)
