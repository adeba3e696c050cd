"""The ensemble's answers become estimates; whatever may pass makes the deals wait."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

import httpx2
import pytest
from fastapi import FastAPI

from common.client import ServiceClient
from common.errors import UnavailableError
from common.pricing import PricedItem, PriceRequest, PriceResponse
from common.pricing_api.pricer_app import build_pricer_app
from scanner.ensemble_client import EnsembleEstimator
from tests.unit.scanner.fakes import answer

REQUESTS = [PriceRequest(description="a drill"), PriceRequest(description="a saw", title="Saw", category="Tools")]
GOOD = answer().model_dump()


class ByLength:
    """A pricer whose price is the length of the text."""

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        return [answer(float(len(request.text))) for request in requests]


def problem(status: int) -> dict[str, object]:
    return {"error": {"title": "T", "status": status, "detail": "why"}}


def ask(transport: httpx2.AsyncBaseTransport) -> Sequence[PriceResponse | None]:
    async def run() -> Sequence[PriceResponse | None]:
        estimator = EnsembleEstimator(ServiceClient("ensemble", "http://ensemble", transport=transport))
        try:
            return await estimator.price(REQUESTS)
        finally:
            await estimator.aclose()

    return asyncio.run(run())


def answering(response: Callable[[], httpx2.Response]) -> httpx2.MockTransport:
    return httpx2.MockTransport(lambda _: response())


def test_a_real_pricing_service_is_understood() -> None:
    async def load(_: FastAPI) -> ByLength:
        return ByLength()

    async def run() -> list[float]:
        app = build_pricer_app("ensemble", load)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(app.router.lifespan_context(app))
            estimator = EnsembleEstimator(ServiceClient("ensemble", "http://ensemble", transport=httpx2.ASGITransport(app)))
            stack.push_async_callback(estimator.aclose)
            while True:
                try:
                    return [found.price for found in await estimator.price(REQUESTS) if found]
                except UnavailableError:
                    await asyncio.sleep(0.01)

    assert asyncio.run(run()) == [7.0, 9.0]


def test_an_item_that_never_can_be_priced_is_none() -> None:
    found = ask(answering(lambda: httpx2.Response(200, json={"results": [GOOD, problem(422)]})))
    assert [each is None for each in found] == [False, True]


@pytest.mark.parametrize(
    "response",
    [
        lambda: httpx2.Response(200, json={"results": [GOOD, problem(503)]}),
        lambda: httpx2.Response(200, json={"results": [GOOD]}),
        lambda: httpx2.Response(200, json={"prices": []}),
        lambda: httpx2.Response(200, content=b"<html>"),
        lambda: httpx2.Response(404, json={"detail": "no"}),
        lambda: httpx2.Response(422, json={"detail": "no"}),
        lambda: httpx2.Response(429, json={"detail": "no"}),
        lambda: httpx2.Response(503, json={"detail": "no"}),
    ],
)
def test_every_other_answer_makes_the_deals_wait(response: Callable[[], httpx2.Response]) -> None:
    with pytest.raises(UnavailableError):
        ask(answering(response))
