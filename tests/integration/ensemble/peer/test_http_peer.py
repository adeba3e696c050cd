"""The HTTP peer against real servers on loopback that answer, hang, drip, lie and refuse."""

import asyncio
import json
import math
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from common.pricing import ItemError, PriceRequest, PriceResponse
from common.request_context import DEADLINE_HEADER
from ensemble.peer.aiohttp_transport import open_transport
from ensemble.peer.http_peer import MAX_ANSWER, MAX_PART, HttpPeer
from ensemble.peer.peer_error import PeerError

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
        return await asked(port, requests, seconds)
    finally:
        await runner.cleanup()


async def asked(port: int, requests: list[PriceRequest], seconds: float) -> list[object]:
    transport = open_transport()
    try:
        return list(await HttpPeer("peer", f"http://127.0.0.1:{port}", transport).price(requests, seconds))
    finally:
        await transport.aclose()


def run(handler: Handler, requests: list[PriceRequest] = ONE, seconds: float = 5.0) -> list[object]:
    return asyncio.run(ask(handler, requests, seconds))


def answering(status: int, content: bytes) -> Handler:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=status, body=content, content_type="application/json")

    return handle


def test_one_request_goes_to_price() -> None:
    (answer,) = run(answering(200, json.dumps(PRICE).encode()))
    assert answer == PriceResponse.model_validate(PRICE)


def test_many_requests_go_to_the_batch_and_come_back_in_order() -> None:
    async def handle(request: web.Request) -> web.Response:
        assert request.path == "/price/batch"
        items = (await request.json())["items"]
        return web.json_response({"results": [PRICE | {"price": float(item["description"])} for item in items]})

    prices = [float(number) for number in range(1, 101)]
    answers = run(handle, [PriceRequest(description=str(price)) for price in prices])
    assert [answer.price for answer in answers if isinstance(answer, PriceResponse)] == prices


def test_the_pricer_is_told_its_deadline_and_what_is_known_of_the_product() -> None:
    seen: list[object] = []

    async def handle(request: web.Request) -> web.Response:
        seen.append((int(request.headers[DEADLINE_HEADER]), await request.json()))
        return web.json_response(PRICE)

    run(handle, [PriceRequest(description="8 W", title="Lamp")], seconds=3.0)
    assert seen == [(3000, {"description": "8 W", "title": "Lamp"})]


@pytest.mark.parametrize(
    ("status", "content", "reason"),
    [
        (500, b"{}", "status"),
        (503, b"<html>", "status"),
        (302, b"", "status"),
        (422, b"{}", "refused"),
        (429, b"{}", "overloaded"),
        (200, b"", "malformed"),
        (200, b"<html>hello</html>", "malformed"),
        (200, b'{"price": "a lot"}', "malformed"),
        (200, b'{"price": 1}', "malformed"),
        (200, json.dumps(PRICE | {"similar": [{"title": "x", "price": math.inf, "similarity": 0.9}]}).encode(), "malformed"),
        (200, json.dumps(PRICE | {"similar": [{"title": "x", "price": 1.0, "similarity": math.nan}]}).encode(), "malformed"),
        (200, b'{"price": 10.0, "low": 5.0, "hi', "malformed"),
        (200, b'{"error": {"title": "no", "status": 500}}', "malformed"),
        (200, b" " * (MAX_ANSWER + MAX_PART + 1), "too_large"),
    ],
)
def test_an_answer_that_is_no_price_is_a_failure_with_a_reason(status: int, content: bytes, reason: str) -> None:
    assert failure(answering(status, content)) == reason


def failure(handler: Handler, requests: list[PriceRequest] = ONE, seconds: float = 5.0) -> str:
    with pytest.raises(PeerError) as caught:
        run(handler, requests, seconds)
    return caught.value.reason


@pytest.mark.parametrize("count", [1, 3])
def test_another_number_of_results_than_items_is_a_failure(count: int) -> None:
    assert failure(answering(200, json.dumps({"results": [PRICE] * count}).encode()), ONE * 2) == "wrong_length"


def test_an_item_of_a_batch_that_is_no_price_fails_alone() -> None:
    content = json.dumps({"results": [PRICE, PRICE | {"price": None}, PRICE]}).encode()
    assert [type(each) for each in run(answering(200, content), ONE * 3)] == [PriceResponse, ItemError, PriceResponse]


def test_a_body_without_end_is_cut_off() -> None:
    async def pour(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * 65_536)

    assert failure(pour) == "too_large"


def test_a_connection_that_ends_before_the_answer_is_told_apart() -> None:
    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport
        request.transport.abort()
        return web.Response()

    assert failure(hang_up) == "disconnected"


def test_a_peer_that_hangs_costs_the_deadline_and_no_more() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(3600)
        return web.Response()

    assert failure(hang, seconds=0.2) == "late"


def test_a_peer_that_drips_costs_the_deadline_and_no_more() -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.02)

    assert failure(drip, seconds=0.3) == "late"


def test_a_peer_that_is_not_there_is_unreachable() -> None:
    with pytest.raises(PeerError) as caught:
        asyncio.run(asked(1, ONE, 2.0))
    assert caught.value.reason == "unreachable"
