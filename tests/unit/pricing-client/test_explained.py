"""Both clients ask what stands behind a price, and read the answer."""

import asyncio
import json

import httpx
import pytest

from pricing_client import AsyncPricingClient, Attributes, InvalidRequestError, PriceWords, PricingClient, UnexpectedAnswerError

PRICE = {"price": 5.0, "low": 1.0, "high": 9.0, "model": "fake@1"}
ANSWERS = {
    "/price/attributes": PRICE
    | {"width": 2.2, "kind": "phone", "stated": {"year": "2021"}, "degraded": []}
    | {
        "attributes": [
            {
                **{"name": "storage", "source": "usual", "expected_width": 2.0, "narrowing": 0.09, "spread": 1.5},
                "values": [{"value": "64 GB", "share": 1.0, "price": 5.0, "low": 1.0, "high": 9.0}],
            }
        ]
    },
    "/price/words": PRICE
    | {"pricer": "specialist"}
    | {"phrases": [{"words": "20 V", "effect": 0.1, "dollars": 0.5, "places": [{"field": "title", "start": 0, "end": 4}]}]},
}


def answer(request: httpx.Request) -> httpx.Response:
    if json.loads(request.content) != {"description": "a phone"}:
        return httpx.Response(422, json={"status": 422, "title": "Unprocessable"})
    return httpx.Response(200, json=ANSWERS[request.url.path])


def both(item: str, handle: httpx.MockTransport) -> list[tuple[Attributes, PriceWords]]:
    async def ask() -> tuple[Attributes, PriceWords]:
        async with AsyncPricingClient(transport=handle) as client:
            return await client.attributes(item), await client.words(item)

    with PricingClient(transport=handle) as client:
        return [(client.attributes(item), client.words(item)), asyncio.run(ask())]


def test_what_stands_behind_a_price_is_read() -> None:
    for attributes, words in both("a phone", httpx.MockTransport(answer)):
        assert (attributes.attributes[0].values[0].value, attributes.stated) == ("64 GB", {"year": "2021"})
        assert (words.phrases[0].words, words.phrases[0].places[0].end, words.pricer) == ("20 V", 4, "specialist")


def test_a_refusal_and_another_answer_are_raised() -> None:
    with pytest.raises(InvalidRequestError):
        both("another", httpx.MockTransport(answer))
    with pytest.raises(UnexpectedAnswerError):
        both("a phone", httpx.MockTransport(lambda _: httpx.Response(200, json=PRICE)))
