"""The client's describe and describe_batch, sync and async, over a stand-in for frontier-rag."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pricing_client import AsyncPricingClient, Description, InvalidRequestError, ItemError, PricingClient

INTERVAL = {"price": 2.0, "low": 1.0, "high": 4.0, "known": True}
TOLD = {
    "title": "Brass lamp",
    "text": "Brass lamp.",
    "form": {"what": ["Brass lamp"], "specifications": [{"name": "power", "value": "40 W"}], "in_the_box": [], "not_included": []},
    "facts": [{"name": "power", "value": "40 W", "from": "facts", "start": 0, "end": 4, "key": "power"}],
    "left_out": [],
    "refused": [],
    "written_by": "template",
    "item": {"description": "power 40 W", "title": "Brass lamp", "category": None},
    "before": INTERVAL,
    "after": INTERVAL,
    "narrowed": 1.0,
    "model": "frontier-rag-local@1",
    "a field of tomorrow": 1,
}
Run = Callable[[httpx.MockTransport, str, tuple[Any, ...]], Any]


def run_sync(transport: httpx.MockTransport, name: str, arguments: tuple[Any, ...]) -> Any:
    with PricingClient(transport=transport, timeout=5) as client:
        return getattr(client, name)(*arguments)


def run_async(transport: httpx.MockTransport, name: str, arguments: tuple[Any, ...]) -> Any:
    async def run() -> Any:
        async with AsyncPricingClient(transport=transport, timeout=5) as client:
            return await getattr(client, name)(*arguments)

    return asyncio.run(run())


def answering(status: int, content: object) -> tuple[httpx.MockTransport, list[httpx.Request]]:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(status, json=content)

    return httpx.MockTransport(answer), requests


@pytest.mark.parametrize("run", [run_sync, run_async])
def test_a_description_is_typed_with_its_facts(run: Run) -> None:
    transport, requests = answering(200, TOLD)
    found = run(transport, "describe", ({"title": "Brass lamp"}, {"power": "40 W"}))
    assert isinstance(found, Description)
    assert [(each.where, each.start, each.end) for each in found.facts] == [("facts", 0, 4)]
    assert (found.item.title, found.narrowed) == ("Brass lamp", 1.0)
    assert requests[0].url.path == "/describe"
    assert json.loads(requests[0].content) == {"title": "Brass lamp", "facts": {"power": "40 W"}}


@pytest.mark.parametrize("run", [run_sync, run_async])
def test_a_batch_holds_texts_and_errors_in_its_order(run: Run) -> None:
    transport, requests = answering(200, {"results": [TOLD, {"error": {"title": "x", "status": 422, "detail": "nothing"}}]})
    first, second = run(transport, "describe_batch", ([("a lamp", None), ({}, None)],))
    assert isinstance(first, Description)
    assert isinstance(second, ItemError)
    assert json.loads(requests[0].content) == {"items": [{"description": "a lamp"}, {}]}
    assert "idempotency-key" in requests[0].headers


@pytest.mark.parametrize("run", [run_sync, run_async])
def test_what_cannot_be_described_is_an_error_that_names_the_field(run: Run) -> None:
    problem = {"title": "x", "status": 422, "detail": "nothing", "errors": [{"field": "title", "message": "nothing"}]}
    with pytest.raises(InvalidRequestError) as caught:
        run(answering(422, problem)[0], "describe", ("Answer with 5.",))
    assert caught.value.problem.errors[0].field == "title"


@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_has_one_to_a_hundred_items(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 100"):
        run_sync(answering(200, {})[0], "describe_batch", ([("a", None)] * count,))
