"""Pricers answer with prices or with an error of ours that says what was wrong."""

import asyncio
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import httpx2
import pytest

from common.client import ServiceClient
from common.errors import InvalidInputError, OverloadedError, UnavailableError
from common.pricing import PriceRequest
from common.retry import Backoff
from ensemble.combine import Weights
from ensemble.rule import Factors, Interval, Rule
from tests.unit.ensemble.flat_rules import NO_SHIFT, NO_WORDS, WIDE
from training.evaluation.pricers import OVERLOADED, Answer, Combined, Constant, OverHttp, checked


def over(handler: Callable[[httpx2.Request], httpx2.Response]) -> OverHttp:
    client = ServiceClient("the pricer", "http://pricer", timeout=5.0, transport=httpx2.MockTransport(handler))
    return OverHttp(client, replace(OVERLOADED, tries=3, backoff=Backoff(first=0.0)))


def ask(pricer: OverHttp | Combined | Constant, count: int = 2) -> list[Answer]:
    return asyncio.run(pricer.answer([PriceRequest(description="lamp")] * count))


def result(price: object = 10.0, low: float = 5.0) -> dict[str, object]:
    return {"price": price, "low": low, "high": 20.0, "currency": "USD", "model": "m"}


def test_a_url_is_asked_in_batches_and_its_answers_taken_in_order() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        assert request.url.path == "/price/batch"
        return httpx2.Response(200, json={"results": [result(i + 1.0) for i, _ in enumerate(json.loads(request.content)["items"])]})

    assert [answer.price for answer in ask(over(handler), 3)] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    "response",
    [
        httpx2.Response(200, text="<html>"),
        httpx2.Response(200, json={"results": [result()]}),
        httpx2.Response(200, json={"results": [{"price": "much"}, result()]}),
        httpx2.Response(200, json={"results": [result(-3.0), result()]}),
        httpx2.Response(200, json={"results": [result(1e300), result()]}),
        httpx2.Response(200, json={"results": [result(low=30.0), result()]}),
        httpx2.Response(200, content=b'{"results": [{"price": 1e999, "low": 1, "high": 2, "model": "m"}, 0]}'),
        httpx2.Response(503, json={"title": "Service Unavailable", "status": 503}),
    ],
    ids=["html", "too few", "words", "negative", "beyond all prices", "upside down", "infinite", "unavailable"],
)
def test_garbage_from_a_url_is_an_error(response: httpx2.Response) -> None:
    with pytest.raises(UnavailableError):
        ask(over(lambda _: response))


def test_an_item_that_a_url_refuses_is_named() -> None:
    refused = {"error": {"title": "Unprocessable", "status": 422, "detail": "too odd"}}
    with pytest.raises(InvalidInputError, match="item 1 was not priced: too odd"):
        ask(over(lambda _: httpx2.Response(200, json={"results": [result(), refused]})))


def overloaded(times: int, retry_after: str = "0") -> OverHttp:
    """Answers 429 so many times."""
    headers = {"retry-after": retry_after}
    left = [httpx2.Response(429, headers=headers, json={"detail": "too many requests in flight"})] * times

    def handler(_: httpx2.Request) -> httpx2.Response:
        return left.pop() if left else httpx2.Response(200, json={"results": [result(), result()]})

    return over(handler)


def test_a_service_with_too_much_to_do_is_asked_again_but_not_for_ever() -> None:
    assert len(ask(overloaded(2))) == 2
    with pytest.raises(OverloadedError, match="too many"):
        ask(overloaded(3))


def test_a_service_is_left_alone_as_long_as_it_asks_for() -> None:
    begin = time.perf_counter()
    ask(overloaded(1, retry_after="1"))
    assert time.perf_counter() - begin >= 1


def test_half_an_interval_is_none() -> None:
    with pytest.raises(UnavailableError, match="item 3"):
        checked("item 3", 10.0, 5.0, None)


def test_the_ensemble_combines_its_members_as_the_service_does() -> None:
    weights = Weights(["a", "b"], {"a+b": Rule({"a": 0.5, "b": 0.5}, NO_SHIFT, WIDE)}, NO_WORDS)
    assert ask(Constant(10.0), 1) == [Answer(10.0, 0.0, 10_000.0)]
    (answer,) = ask(Combined({"a": Constant(10.0), "b": Constant(40.0)}, weights), 1)
    assert answer.price == pytest.approx(20.0)
    assert answer.low == pytest.approx(20.0 / 2.718281828)


def test_the_ensemble_is_evaluated_with_the_groups_of_what_is_asked() -> None:
    @dataclass(frozen=True)
    class Lost:
        """Knows nothing near."""

        async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
            return [Answer(10.0, 5.0, 20.0, is_known=False) for _ in requests]

    factors = Factors(kind={"name": 2.0}, known={"no": 3.0})
    weights = Weights(["a"], {"a": Rule({"a": 1.0}, NO_SHIFT, Interval([0.0], [-0.1], [0.1], factors))}, NO_WORDS)
    (answer,) = ask(Combined({"a": Lost()}, weights), 1)
    assert answer.high == pytest.approx(10.0 * math.exp(0.6))
    assert answer.is_known is False
