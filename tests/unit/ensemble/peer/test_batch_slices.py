"""A batch reaches a pricer in slices that it can bear, and a pricer that fails costs no more than it must."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from common.errors import PricingAgentError
from common.pricing import ItemError, PricedItem, PriceRequest, PriceResponse
from ensemble.peer.batch_slices import SlicedPeer, SliceLimits
from ensemble.peer.peer_error import PeerError


@dataclass
class NumberPeer:
    """Answers each item's own number as its price; a call with `bad` in it fails with the next of `errors`, if any is left."""

    bad: str = ""
    errors: list[PeerError] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    most: int = 0
    _now: int = 0

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> list[PricedItem]:
        texts = [each.description for each in requests]
        self.sizes.append(len(texts))
        self.seconds.append(seconds)
        self._now += 1
        self.most = max(self.most, self._now)
        await asyncio.sleep(0.002)
        self._now -= 1
        if self.bad in texts and self.errors:
            raise self.errors.pop(0)
        return [PriceResponse(price=float(text), low=1, high=9999, model="m@1") for text in texts]


def failing(bad: int, error: PeerError, times: int = 99) -> NumberPeer:
    return NumberPeer(bad=str(bad), errors=[error] * times)


def items(count: int) -> list[PriceRequest]:
    return [PriceRequest(description=str(number)) for number in range(1, count + 1)]


def batch(peer: NumberPeer, count: int, limits: SliceLimits, seconds: float = 5.0) -> Sequence[PricedItem]:
    async def scenario() -> Sequence[PricedItem]:
        return await SlicedPeer(peer, limits).price(items(count), seconds)

    return asyncio.run(scenario())


def failed(results: Sequence[PricedItem]) -> list[int]:
    """The numbers of the items without a price."""
    return [number for number, each in enumerate(results, 1) if isinstance(each, ItemError)]


def test_a_single_request_goes_out_at_once_whatever_batches_are_under_way_and_has_its_own_deadline() -> None:
    async def scenario() -> tuple[list[int], list[float]]:
        peer = NumberPeer()
        asked = SlicedPeer(peer, SliceLimits(items=4, parallel=1, single=1.0, per_item=0.1))
        await asyncio.gather(asked.price(items(8), 9.0), asked.price(items(1), 7.0), asked.price(items(1), 6.0))
        return peer.sizes, peer.seconds

    sizes, seconds = asyncio.run(scenario())
    assert sizes == [1, 1, 4, 4]
    assert seconds[:2] == [7.0, 6.0]


def test_slices_go_out_a_few_at_once_and_come_back_in_order() -> None:
    peer = NumberPeer()
    results = batch(peer, 100, SliceLimits(items=16, parallel=3))
    assert [each.price for each in results if isinstance(each, PriceResponse)] == [float(n) for n in range(1, 101)]
    assert sorted(peer.sizes) == [4] + [16] * 6
    assert peer.most == 3


def test_two_batches_share_the_calls_that_may_be_under_way() -> None:
    async def scenario() -> int:
        peer = NumberPeer()
        asked = SlicedPeer(peer, SliceLimits(items=4, parallel=2))
        await asyncio.gather(*(asked.price(items(40), 5.0) for _ in range(2)))
        return peer.most

    assert asyncio.run(scenario()) == 2


def test_a_slice_that_fails_costs_its_own_items_alone() -> None:
    results = batch(failing(6, PeerError("status", "no")), 12, SliceLimits(items=4, parallel=1))
    assert failed(results) == [5, 6, 7, 8]


def test_a_batch_of_which_every_slice_fails_fails() -> None:
    with pytest.raises(PricingAgentError, match="no"):
        batch(failing(1, PeerError("status", "no")), 3, SliceLimits(items=4))


def test_a_pricer_that_hangs_costs_a_batch_one_slices_time_and_no_more_calls() -> None:
    peer = failing(1, PeerError("late", "hangs"))
    with pytest.raises(PeerError, match="hangs"):
        batch(peer, 400, SliceLimits(items=4, parallel=1, single=1.0, per_item=0.1), seconds=300.0)
    assert peer.sizes == [4]
    assert peer.seconds == [pytest.approx(1.4)]


def test_what_is_left_when_a_pricer_begins_to_hang_is_without_it() -> None:
    results = batch(failing(5, PeerError("late", "hangs")), 12, SliceLimits(items=4, parallel=1))
    assert failed(results) == [*range(5, 13)]


def test_a_batch_ends_at_its_deadline_with_what_there_is() -> None:
    results = batch(
        failing(5, PeerError("overloaded", "busy", retry_after=0.02)), 12, SliceLimits(items=4, parallel=1, pause=0), 0.3
    )
    assert failed(results)[:4] == [5, 6, 7, 8]


class OftenStuckPeer(NumberPeer):
    """Answers all but a call with `bad` in it, which hangs; `is_stuck` once one does."""

    def __init__(self, bad: int) -> None:
        super().__init__(bad=str(bad))
        self.is_stuck = asyncio.Event()

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> list[PricedItem]:
        if self.bad in [each.description for each in requests]:
            self.is_stuck.set()
            await asyncio.Event().wait()
        return await super().price(requests, seconds)


def test_a_batch_ends_at_its_deadline_behind_another_that_hangs() -> None:
    async def scenario() -> None:
        peer = OftenStuckPeer(bad=8)
        asked = SlicedPeer(peer, SliceLimits(items=4, parallel=1))
        other = asyncio.create_task(asked.price(items(8), 600.0))
        await peer.is_stuck.wait()
        async with asyncio.timeout(20):
            with pytest.raises(PeerError, match="deadline"):
                await asked.price(items(2), 0.05)
        other.cancel()

    asyncio.run(scenario())


def test_a_batch_that_a_busy_pricer_sent_away_keeps_nobody_from_it() -> None:
    async def scenario() -> Sequence[PricedItem]:
        asked = SlicedPeer(failing(8, PeerError("overloaded", "busy", retry_after=300.0)), SliceLimits(items=4, parallel=1))
        other = asyncio.create_task(asked.price(items(8), 600.0))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(20):
            found = await asked.price(items(2), 15.0)
        other.cancel()
        return found

    assert failed(asyncio.run(scenario())) == []


def test_a_busy_pricer_is_asked_again_when_it_said() -> None:
    peer = failing(5, PeerError("overloaded", "busy", retry_after=0.01), times=10)
    assert failed(batch(peer, 12, SliceLimits(items=4, parallel=1, pause=0.0))) == []
    assert len(peer.sizes) == 3 + 10


@pytest.mark.parametrize("reason", ["open", "unreachable"])
def test_a_pricer_that_was_away_for_a_moment_is_waited_for(reason: str) -> None:
    error = PeerError("open" if reason == "open" else "unreachable", "away")
    assert failed(batch(failing(5, error, times=3), 12, SliceLimits(items=4, parallel=1, pause=0.01, tries=4))) == []


def test_one_that_stays_away_is_not_waited_for_again_and_again() -> None:
    peer = failing(5, PeerError("unreachable", "gone"))
    results = batch(peer, 400, SliceLimits(items=4, parallel=1, pause=0.01, tries=4))
    assert failed(results) == [*range(5, 401)]
    assert len(peer.sizes) == 1 + 4


def test_a_batch_of_one_slice_does_not_wait_for_who_is_away() -> None:
    peer = failing(1, PeerError("open", "away"))
    with pytest.raises(PeerError, match="away"):
        batch(peer, 4, SliceLimits(items=4))
    assert peer.sizes == [4]
