"""The HTTP peer against real servers on loopback that answer, hang, drip, lie and refuse."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from common.errors import DeadlineExceededError, UnavailableError
from common.pricing import PriceRequest, PriceResponse
from ensemble.peers import BATCH_CHUNK, MAX_ANSWER, HttpPeer, open_session

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PRICE = {"price": 10.0, "low": 5.0, "high": 20.0, "model": "m@1"}
ONE = [PriceRequest(description="lamp")]


async def ask(handler: Handler, requests: list[PriceRequest], seconds: float = 5.0) -> list[object]:
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with open_session() as session:
            return list(await HttpPeer("peer", f"http://127.0.0.1:{port}", session).price(requests, seconds))
    finally:
        await runner.cleanup()


def run(handler: Handler, requests: list[PriceRequest] = ONE, seconds: float = 5.0) -> list[object]:
    return asyncio.run(ask(handler, requests, seconds))


def answering(status: int, content: bytes) -> Handler:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=status, body=content, content_type="application/json")

    return handle


def test_one_request_goes_to_price() -> None:
    (answer,) = run(answering(200, json.dumps(PRICE).encode()))
    assert answer == PriceResponse.model_validate(PRICE)


def test_many_requests_go_in_chunks_and_come_back_in_order() -> None:
    sizes: list[int] = []

    async def handle(request: web.Request) -> web.Response:
        items = (await request.json())["items"]
        sizes.append(len(items))
        return web.json_response({"results": [PRICE | {"price": float(item["description"])} for item in items]})

    prices = [float(number) for number in range(1, BATCH_CHUNK + 11)]
    answers = run(handle, [PriceRequest(description=str(price)) for price in prices])
    assert [answer.price for answer in answers if isinstance(answer, PriceResponse)] == prices
    assert sizes == [BATCH_CHUNK, 10]


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (500, b"{}"),
        (503, b"<html>"),
        (200, b""),
        (200, b"<html>hello</html>"),
        (200, b'{"price": "a lot"}'),
        (200, b'{"price": 1}'),
        (302, b""),
        (200, b" " * (MAX_ANSWER + 1)),
    ],
)
def test_an_answer_that_is_no_price_is_a_failure(status: int, content: bytes) -> None:
    with pytest.raises(UnavailableError):
        run(answering(status, content))


def test_too_few_results_are_a_failure() -> None:
    with pytest.raises(UnavailableError, match="1 results for 2 items"):
        run(answering(200, json.dumps({"results": [PRICE]}).encode()), ONE * 2)


def test_a_peer_that_hangs_costs_the_deadline_and_no_more() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(3600)
        return web.Response()

    with pytest.raises(DeadlineExceededError):
        run(hang, seconds=0.2)


def test_a_peer_that_drips_costs_the_deadline_and_no_more() -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.02)

    with pytest.raises(DeadlineExceededError):
        run(drip, seconds=0.3)


def test_a_peer_that_is_not_there_is_unavailable() -> None:
    async def ask_nobody() -> None:
        async with open_session() as session:
            await HttpPeer("peer", "http://127.0.0.1:1", session).price(ONE, 2.0)

    with pytest.raises(UnavailableError, match="cannot be reached"):
        asyncio.run(ask_nobody())
