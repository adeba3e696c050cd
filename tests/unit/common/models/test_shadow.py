"""A candidate prices beside the one in use: nobody waits for it, what it cannot take is counted, and how it differs is told."""

import asyncio
import math
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from common.errors import UnavailableError
from common.models.shadow.candidate import Candidate, open_candidate
from common.models.shadow.comparison import MOST_CATEGORIES, Comparison
from common.models.shadow.metrics import ShadowMetrics
from common.models.shadow.shadow import WAITING, Shadow
from common.pricing import Estimate, ItemError, PricedItem, PriceRequest, PriceResponse
from common.problem import problem

pytestmark = pytest.mark.anyio


class Times:
    """Says `factor` times 10 of everything, once it may; `error`: fails so."""

    def __init__(self, factor: float = 1.1, error: Exception | None = None) -> None:
        self.factor, self.error, self.may = factor, error, asyncio.Event()
        self.may.set()
        self.sizes: list[int] = []

    async def price(self, requests: Sequence[PriceRequest]) -> list[PricedItem]:
        await self.may.wait()
        self.sizes.append(len(requests))
        if self.error:
            raise self.error
        return [answer(10 * self.factor, "other@2026-01-01.abcdef") for _ in requests]


def answer(price: float, model: str = "one@1", estimates: Sequence[Estimate] = ()) -> PriceResponse:
    return PriceResponse(price=price, low=price / 2, high=price * 2, model=model, estimates=list(estimates))


def asked(count: int, category: str | None = "Toys") -> list[PriceRequest]:
    return [PriceRequest(description=f"thing {number}", category=category) for number in range(count)]


def shadow_of(candidate: Candidate, is_idle: Callable[[], bool] = lambda: True, metrics: ShadowMetrics | None = None) -> Shadow:
    async def opens(_: AsyncExitStack) -> Candidate:
        return candidate

    return Shadow(candidate.name, opens, is_idle, metrics)


async def compared(shadow: Shadow, count: int) -> None:
    for _ in range(500):
        if shadow.comparison.total.n + shadow.failed >= count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("not compared within 5 s")


async def test_it_is_compared_in_all_and_by_category() -> None:
    registry = CollectorRegistry()
    shadow = shadow_of(Candidate("http://other", Times(1.1)), metrics=ShadowMetrics(registry))
    shadow.start()
    shadow(asked(20), [answer(10.0)] * 20, 0.2)
    shadow(asked(5, "Tools"), [answer(5.0)] * 5, 0.05)
    await compared(shadow, 25)
    total = shadow.comparison.total
    assert (total.n, total.near) == (25, 20)
    assert total.errors == pytest.approx(20 * math.log(1.1) + 5 * math.log(2.2))
    assert {name: tally.n for name, tally in shadow.comparison.by_category.items()} == {"Toys": 20, "Tools": 5}
    assert total.live_seconds == pytest.approx(0.25)
    assert shadow.model == "other@2026-01-01.abcdef"
    shown = generate_latest(registry).decode()
    assert 'pricing_shadow_items_total{outcome="compared"} 25.0' in shown
    assert "pricing_shadow_within_20_share 0.8" in shown
    await shadow.stop()


@pytest.mark.parametrize(
    ("live", "candidate", "n"), [("one@2", "other@1", 2), ("one@1", "other@2", 2), ("one-chat:x@1", "other@1", 5)]
)
async def test_another_version_on_either_side_begins_anew(live: str, candidate: str, n: int) -> None:
    said = ["other@1"]

    class Named(Times):
        async def price(self, requests: Sequence[PriceRequest]) -> list[PricedItem]:
            return [answer(11.0, said[0]) for _ in requests]

    shadow = shadow_of(Candidate("http://other", Named()))
    shadow.start()
    shadow(asked(3), [answer(10.0)] * 3, 0.1)
    await compared(shadow, 3)
    began, said[0] = shadow.since, candidate
    shadow(asked(2), [answer(10.0, live)] * 2, 0.1)
    while shadow.comparison.total.n != n:  # noqa: ASYNC110 (a shadow has no event)
        await asyncio.sleep(0.01)
    assert (shadow.since > began) == (n == 2)
    await shadow.stop()


async def test_a_member_s_candidate_is_compared_with_that_member() -> None:
    shadow = shadow_of(Candidate("specialist=http://other", Times(2.0), member="specialist"))
    shadow.start()
    estimate = Estimate(pricer="specialist", price=20.0, low=1, high=40, model="specialist@1", ms=80.0)
    shadow(asked(2), [answer(10.0, estimates=[estimate]), answer(10.0)], 1.0)
    await compared(shadow, 2)
    assert (shadow.comparison.total.n, shadow.comparison.total.errors, shadow.failed) == (1, 0.0, 1)
    assert shadow.comparison.total.live_seconds == pytest.approx(0.08)
    await shadow.stop()


async def test_what_it_has_no_time_for_is_dropped_and_counted_and_costs_nobody_a_wait() -> None:
    candidate = Times()
    candidate.may.clear()
    shadow = shadow_of(Candidate("http://other", candidate))
    shadow.start()
    await asyncio.sleep(0)
    shadow(asked(WAITING + 50), [answer(10.0)] * (WAITING + 50), 1.0)
    assert (shadow.waiting, shadow.dropped) == (WAITING, 50)
    candidate.may.set()
    await compared(shadow, WAITING)
    assert max(candidate.sizes) <= 16
    await shadow.stop()


async def test_one_that_computes_here_waits_until_nobody_else_does() -> None:
    busy = [True]
    candidate = Times()
    shadow = shadow_of(Candidate("2026-01-01.abcdef", candidate, is_here=True), lambda: not busy[0])
    shadow.start()
    shadow(asked(3), [answer(10.0)] * 3, 0.1)
    await asyncio.sleep(0.1)
    assert candidate.sizes == []
    busy[0] = False
    await compared(shadow, 3)
    assert candidate.sizes == [1, 1, 1]
    await shadow.stop()


@pytest.mark.parametrize("error", [UnavailableError("it is away"), RuntimeError("it broke")])
async def test_one_that_fails_is_left_alone_for_a_while_and_told(error: Exception) -> None:
    shadow = shadow_of(Candidate("http://other", Times(error=error)))
    shadow.start()
    shadow(asked(1), [answer(10.0)], 0.1)
    await compared(shadow, 1)
    assert shadow.failed == 1
    assert str(error) in shadow.problem
    await shadow.stop()


async def test_one_that_cannot_be_loaded_is_told() -> None:
    async def opens(_: AsyncExitStack) -> Candidate:
        raise UnavailableError("no such version")

    shadow = Shadow("2026-01-01.abcdef", opens, lambda: True)
    shadow.start()
    await asyncio.sleep(0.01)
    assert shadow.problem == "the candidate cannot be loaded: no such version"
    shadow(asked(1), [ItemError(error=problem(500, "no"))], 0.1)
    assert shadow.waiting == 0
    await shadow.stop()


async def test_callers_cannot_make_it_grow_with_names_of_categories() -> None:
    comparison = Comparison()
    for number in range(1000):
        comparison.add(f"category {number}", 10.0, 11.0, (0.1, 0.1))
    comparison.add("wild", float("nan"), 11.0, (0.1, 0.1))
    assert len(comparison.by_category) == MOST_CATEGORIES + 1
    assert comparison.total.n == 1000


@pytest.mark.parametrize(
    ("setting", "member", "is_here"),
    [
        ("http://127.0.0.1:9", "", False),
        ("specialist=http://127.0.0.1:9/?a=b", "specialist", False),
        ("2026-01-01.abcdef", "", True),
        ("/data/new", "", True),
    ],
)
async def test_the_setting_names_an_address_a_member_s_a_version_or_a_folder(setting: str, member: str, is_here: bool) -> None:
    async def opens(version: str, _: AsyncExitStack) -> Times:
        assert version == "2026-01-01.abcdef"
        return Times()

    async def keep(_: object) -> str:
        return "2026-01-01.abcdef"

    async with AsyncExitStack() as closing:
        found = await open_candidate(setting, closing, opens, keep)
        assert (found.member, found.is_here, bool(found.version)) == (member, is_here, is_here)
