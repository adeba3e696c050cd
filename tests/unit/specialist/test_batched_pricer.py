"""Requests of different callers priced in one batch, over the pricing API."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from common.errors import UnavailableError
from common.pricing import PricedItem, PriceRequest, PriceResponse
from common.pricing_api.pricer import Pricer
from common.pricing_api.pricer_app import build_pricer_app
from specialist.batched_pricer import BatchedPricer
from specialist.batching import Limits
from specialist.metrics import BatchingMetrics
from tests.waiting import until_ready


class PoisonedPricer:
    """Prices by length; breaks at a text, as a library's bug would, or says that the service is away."""

    def price(self, requests: Sequence[PriceRequest]) -> list[PriceResponse]:
        if any(request.text == "away" for request in requests):
            raise UnavailableError("the peer is away")
        if any(request.text == "poison" for request in requests):
            raise ZeroDivisionError("secret detail")
        return [PriceResponse(price=len(r.text), low=1, high=10_000, model="length@1") for r in requests]


@pytest.fixture
def batched() -> Iterator[TestClient]:
    async def load(app: FastAPI) -> Pricer:
        return BatchedPricer(PoisonedPricer(), Limits(batch=4), BatchingMetrics(app.state.metrics.registry))

    with TestClient(build_pricer_app("length", load), raise_server_exceptions=False) as client:
        yield until_ready(client)


def test_batched_items_keep_their_order_and_a_poisonous_one_fails_alone(batched: TestClient) -> None:
    items = [{"description": text} for text in ("a", "bb", "poison", "", "ccccc", "dddddd", "eeeeeee")]
    results = batched.post("/price/batch", json={"items": items}).json()["results"]
    assert [result.get("price") for result in results] == [1, 2, None, None, 5, 6, 7]
    assert [result["error"]["status"] for result in results[2:4]] == [500, 422]
    assert "secret" not in str(results)


def test_a_single_batched_request_that_breaks_is_a_plain_500(batched: TestClient) -> None:
    answer = batched.post("/price", json={"description": "poison"})
    assert (answer.status_code, "secret" in answer.text) == (500, False)


def test_where_no_item_could_be_priced_the_reason_is_the_answer(batched: TestClient) -> None:
    answer = batched.post("/price/batch", json={"items": [{"description": "away"}] * 3})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "batch_items_count" in batched.get("/metrics").text


def test_texts_of_one_caller_share_batches_by_length_and_come_back_in_order() -> None:
    seen: list[list[int]] = []

    class Seeing(PoisonedPricer):
        def price(self, requests: Sequence[PriceRequest]) -> list[PriceResponse]:
            seen.append([len(each.text) for each in requests])
            return super().price(requests)

    lengths = [9, 1, 8, 2, 7, 3, 6, 4]

    async def priced() -> Sequence[PricedItem]:
        return await BatchedPricer(Seeing(), Limits(batch=4)).price([PriceRequest(description="x" * length) for length in lengths])

    found = asyncio.run(priced())
    assert [each.price for each in found if isinstance(each, PriceResponse)] == lengths
    assert sorted(map(sorted, seen)) == [[1, 2, 3, 4], [6, 7, 8, 9]]
