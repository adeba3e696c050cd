"""How requests to one pricer become calls: alone while it is idle, together while it is busy."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from common import request_context
from common.pricing import PriceRequest, PriceResponse
from common.pricing_api.pricer_app import PricedItem
from ensemble.peer.joining_peer import CallLimits, JoiningPeer
from ensemble.peer.peer_error import PeerError


def request(number: int) -> PriceRequest:
    return PriceRequest(description=str(number))


@dataclass
class GatedPeer:
    """Answers each item's own number as its price once `gate` is open; `refuse` fails a call that contains that text."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    calls: list[list[str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    ids: list[str | None] = field(default_factory=list)
    refuse: str = ""
    error: PeerError = field(default_factory=lambda: PeerError("status", "no"))
    most: int = 0
    cancelled: int = 0
    _now: int = 0

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> list[PricedItem]:
        texts = [each.description for each in requests]
        self.calls.append(texts)
        self.seconds.append(seconds)
        self.ids.append(request_context.request_id.get())
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            await asyncio.sleep(0.002)  # no pricer answers within the same turn of the loop
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self._now -= 1
        if self.refuse in texts:
            raise self.error
        return [PriceResponse(price=float(text), low=1, high=9999, model="m@1") for text in texts]

    @property
    def sizes(self) -> list[int]:
        return [len(call) for call in self.calls]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while True:
            if condition():
                return
            await asyncio.sleep(0.001)


async def one(joining: JoiningPeer, number: int, seconds: float = 5.0) -> float | str:
    """The price, or the reason why there is none."""
    try:
        (result,) = await joining.price([request(number)], seconds)
    except PeerError as exc:
        return exc.reason
    return result.price if isinstance(result, PriceResponse) else "item"


def test_a_lone_request_goes_out_at_once_and_alone() -> None:
    async def scenario() -> list[list[str]]:
        peer = GatedPeer()
        peer.gate.set()
        joining = JoiningPeer(peer)
        assert [await one(joining, number) for number in (1, 2)] == [1.0, 2.0]
        return peer.calls

    assert asyncio.run(scenario()) == [["1"], ["2"]]


def test_requests_that_come_together_share_a_call_and_each_gets_its_own_price() -> None:
    async def scenario() -> tuple[list[float | str], list[int]]:
        peer = GatedPeer()
        peer.gate.set()
        joining = JoiningPeer(peer, CallLimits(together=8))
        return await asyncio.gather(*(one(joining, number) for number in range(1, 21))), peer.sizes

    prices, sizes = asyncio.run(scenario())
    assert prices == [float(number) for number in range(1, 21)]
    assert sizes == [1, 8, 8, 3]


def test_while_the_pricer_is_busy_requests_wait_for_company_but_not_for_its_answer() -> None:
    async def scenario() -> list[int]:
        peer = GatedPeer()
        joining = JoiningPeer(peer, CallLimits(free=1, linger=0.05))
        first = asyncio.create_task(one(joining, 1))
        await until(lambda: len(peer.calls) == 1)
        others = []
        for number in (2, 3, 4):
            others.append(asyncio.create_task(one(joining, number)))
            await asyncio.sleep(0)
        await until(lambda: len(peer.calls) == 2)  # the first is still unanswered
        peer.gate.set()
        assert await asyncio.gather(first, *others) == [1.0, 2.0, 3.0, 4.0]
        return peer.sizes

    assert asyncio.run(scenario()) == [1, 3]


def test_joining_can_be_switched_off() -> None:
    async def scenario() -> list[int]:
        peer = GatedPeer()
        peer.gate.set()
        joining = JoiningPeer(peer, CallLimits(together=1))
        await asyncio.gather(*(one(joining, number) for number in range(1, 6)))
        return peer.sizes

    assert asyncio.run(scenario()) == [1] * 5


def test_a_call_that_fails_fails_for_all_that_share_it() -> None:
    async def scenario() -> list[float | str]:
        peer = GatedPeer(refuse="3")
        peer.gate.set()
        joining = JoiningPeer(peer)
        return await asyncio.gather(*(one(joining, number) for number in (1, 2, 3)))

    assert asyncio.run(scenario()) == [1.0, "status", "status"]


def test_of_a_call_that_is_refused_each_is_tried_alone() -> None:
    async def scenario() -> list[float | str]:
        peer = GatedPeer(refuse="3", error=PeerError("refused", "no"))
        peer.gate.set()
        joining = JoiningPeer(peer)
        return await asyncio.gather(*(one(joining, number) for number in (1, 2, 3, 4)))

    assert asyncio.run(scenario()) == [1.0, 2.0, "refused", 4.0]


def test_a_short_deadline_ends_one_request_and_not_those_it_shares_a_call_with() -> None:
    async def scenario() -> tuple[list[float | str], float]:
        peer = GatedPeer()
        joining = JoiningPeer(peer)
        first = asyncio.create_task(one(joining, 1))
        await until(lambda: len(peer.calls) == 1)
        hurried, patient = (asyncio.create_task(one(joining, n, s)) for n, s in ((2, 0.05), (3, 5.0)))
        late = await hurried
        peer.gate.set()
        return [late, await patient, await first], peer.seconds[1]

    answers, seconds = asyncio.run(scenario())
    assert answers == ["late", 3.0, 1.0]
    assert seconds > 1.0, "the call has the time of the most patient"


def test_a_call_that_nobody_waits_for_any_more_is_cancelled() -> None:
    async def scenario() -> tuple[int, int]:
        peer = GatedPeer()
        joining = JoiningPeer(peer)
        tasks = [asyncio.create_task(one(joining, number)) for number in (1, 2, 3)]
        await until(lambda: len(peer.calls) == 2)
        tasks[1].cancel()
        await asyncio.sleep(0.01)
        still = peer.cancelled
        tasks[2].cancel()
        await until(lambda: peer.cancelled == 1)
        peer.gate.set()
        assert await tasks[0] == 1.0
        return still, joining.under_way

    assert asyncio.run(scenario()) == (0, 0)


def test_a_shared_call_goes_out_under_the_ids_of_those_who_share_it() -> None:
    async def named(joining: JoiningPeer, number: int) -> None:
        request_context.request_id.set(f"id-{number}")
        await one(joining, number)

    async def scenario() -> list[str | None]:
        peer = GatedPeer()
        peer.gate.set()
        joining = JoiningPeer(peer)
        await asyncio.gather(*(named(joining, number) for number in (1, 2, 3)))
        return peer.ids

    assert asyncio.run(scenario()) == ["id-1", "id-2,id-3"]
