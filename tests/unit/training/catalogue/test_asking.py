"""Asking a pricer: patience with one that is busy or stumbles, an end to it, and an error for the item that is at fault."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx2
import pytest

from common.client import ServiceClient
from common.errors import DeadlineExceededError, NotFoundError, OverloadedError, UnavailableError
from common.pricing import ItemError, PriceRequest, PriceResponse
from common.problem import Problem
from training.catalogue.asking import LONGEST_WAIT, OVERLOADED_TRIES, InProcess, OverHttp, Priced, local_name

Handler = Callable[[httpx2.Request], httpx2.Response]
GOOD = {"price": 10.0, "low": 5.0, "high": 20.0, "model": "m@1"}


class Peer:
    """Answers with `first`, one after another, then honestly; keeps what was waited for."""

    def __init__(self, *first: Any, retries: int = 5, seconds: float = 5.0) -> None:
        self.first = list(first)
        self.sizes: list[int] = []
        self.waits: list[float] = []
        client = ServiceClient("the pricer", "http://pricer", timeout=seconds, transport=httpx2.MockTransport(self.handle))
        self.asked = OverHttp(client, retries, self.wait)

    async def wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def handle(self, request: httpx2.Request) -> httpx2.Response:
        items = json.loads(request.content)["items"]
        self.sizes.append(len(items))
        if not self.first:
            return httpx2.Response(200, json={"results": [GOOD] * len(items)})
        answer = self.first.pop(0)
        if answer == "hang":
            await asyncio.sleep(3600)
        if isinstance(answer, Exception):
            raise answer
        return answer(items) if callable(answer) else answer

    def ask(self, *texts: str) -> list[Priced]:
        return asyncio.run(self.asked.ask([PriceRequest(description=text) for text in texts or ("lamp",)]))


def busy(seconds: str) -> httpx2.Response:
    return httpx2.Response(429, json={"detail": "busy"}, headers={"Retry-After": seconds})


def results(*found: object) -> httpx2.Response:
    # Not json=: NaN is what a broken service may send.
    return httpx2.Response(200, content=json.dumps({"results": found}).encode(), headers={"content-type": "application/json"})


def test_an_overloaded_pricer_is_asked_again_when_it_says() -> None:
    peer = Peer(busy("7"), busy("0"), busy("86400"))
    assert peer.ask() == [Priced(10.0, 5.0, 20.0, "m@1")]
    assert peer.waits == [7.0, 0.0, LONGEST_WAIT]


def test_one_that_is_overloaded_for_ever_is_given_up() -> None:
    peer = Peer(*[busy("1")] * 1000)
    with pytest.raises(OverloadedError):
        peer.ask()
    assert len(peer.sizes) == OVERLOADED_TRIES


@pytest.mark.parametrize(
    "fault",
    [
        httpx2.Response(503, json={"detail": "loading"}),
        httpx2.Response(200, content=b"<html>"),
        httpx2.Response(200, json={"results": "none"}),
        httpx2.Response(200, json={"results": [GOOD, GOOD]}),
        httpx2.ConnectError("refused"),
    ],
)
def test_one_that_stumbles_is_asked_again_and_given_up_after_all_retries(fault: object) -> None:
    peer = Peer(fault, fault)
    assert peer.ask() == [Priced(10.0, 5.0, 20.0, "m@1")]
    assert peer.waits == [1.0, 2.0]
    peer = Peer(*[fault] * 10, retries=3)
    with pytest.raises(UnavailableError):
        peer.ask()
    assert peer.waits == [1.0, 2.0, 4.0]


def test_one_that_hangs_is_given_up_after_two_deadlines() -> None:
    peer = Peer("hang", "hang", seconds=0.05)
    with pytest.raises(DeadlineExceededError):
        peer.ask()
    assert len(peer.sizes) == 2
    assert Peer("hang", seconds=0.05).ask() == [Priced(10.0, 5.0, 20.0, "m@1")]


def test_an_address_without_a_pricer_is_not_asked_twice() -> None:
    peer = Peer(httpx2.Response(404, json={"detail": "Not Found"}))
    with pytest.raises(NotFoundError):
        peer.ask()
    assert peer.waits == []


def test_of_a_batch_that_is_refused_only_the_culprit_gets_the_error() -> None:
    def refuse(items: list[dict[str, str]]) -> httpx2.Response:
        if any(item["description"] == "bad" for item in items):
            return httpx2.Response(413, json={"detail": "too large"})
        return httpx2.Response(200, json={"results": [GOOD] * len(items)})

    peer = Peer(*[refuse] * 20)
    priced = peer.ask("a", "b", "bad", "c", "d")
    assert [each.error for each in priced] == ["", "", "too large", "", ""]


@pytest.mark.parametrize("price", [float("nan"), float("inf"), -1.0, 1e12])
def test_a_number_that_is_no_price_is_an_error_of_its_item(price: float) -> None:
    problem = {"error": {"title": "Unprocessable Content", "status": 422, "detail": "empty"}}
    priced = Peer(results(GOOD | {"price": price}, GOOD, problem)).ask("a", "b", "c")
    assert "something else than prices" in priced[0].error
    assert priced[0].price is None
    assert priced[1] == Priced(10.0, 5.0, 20.0, "m@1")
    assert priced[2].error == "empty"


class Local:
    """A pricer of this process."""

    async def price(self, requests: Sequence[PriceRequest]) -> list[PriceResponse | ItemError]:
        good = PriceResponse(price=1.0, low=0.5, high=2.0, model="l@1", degraded=["specialist"])
        bad = ItemError(error=Problem(title="No", status=422))
        return [bad if request.description == "bad" else good for request in requests]


def test_a_pricer_of_this_process_gives_errors_by_item_and_tells_what_was_missing() -> None:
    asked = InProcess(Local())
    requests = [PriceRequest(description=text) for text in ("good", "bad")]
    assert asyncio.run(asked.ask(requests)) == [Priced(1.0, 0.5, 2.0, "l@1", degraded="specialist"), Priced(error="No")]


def test_names_of_pricers() -> None:
    assert local_name("http://host:1") is None
    assert (local_name("local"), local_name("local:specialist")) == ("ensemble", "specialist")
    for name in ("ensemble", "local:oracle", "ftp://host", ""):
        with pytest.raises(ValueError, match="unknown pricer"):
            local_name(name)
