"""The client between services turns every failure of a peer into one of our errors."""

import asyncio

import httpx2
import pytest

from common import request_context
from common.client import MAX_ANSWER, ServiceClient
from common.errors import (
    DeadlineExceededError,
    InvalidInputError,
    KeyRefusedError,
    NotFoundError,
    OverloadedError,
    UnavailableError,
    UnreachableError,
)


def client_of(answer: httpx2.Response | Exception | None, timeout: float = 5.0) -> ServiceClient:
    async def handle(request: httpx2.Request) -> httpx2.Response:
        if answer is None:
            await asyncio.sleep(3600)
        if isinstance(answer, Exception):
            raise answer
        assert answer is not None
        return answer

    return ServiceClient("peer", "http://peer", timeout=timeout, transport=httpx2.MockTransport(handle))


def problem(status: int) -> httpx2.Response:
    return httpx2.Response(status, json={"title": "T", "detail": "why", "errors": [{"field": "url", "message": "bad"}]})


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (problem(401), KeyRefusedError),
        (problem(404), NotFoundError),
        (problem(422), InvalidInputError),
        (problem(429), OverloadedError),
        (problem(500), UnavailableError),
        (problem(503), UnavailableError),
        (httpx2.Response(200, content=b"<html>"), UnavailableError),
        (httpx2.Response(200, content=b"x" * (MAX_ANSWER + 1)), UnavailableError),
        (httpx2.ConnectError("refused"), UnreachableError),
        (httpx2.ReadTimeout("slow"), DeadlineExceededError),
    ],
)
def test_a_failure_of_the_peer_becomes_one_of_our_errors(answer: httpx2.Response | Exception, error: type[Exception]) -> None:
    with pytest.raises(error):
        asyncio.run(client_of(answer).get("/"))


@pytest.mark.parametrize(
    ("path", "body"),
    [("/", {"price": float("inf")}), ("/", [float("nan")]), ("/", {"name": "\ud800"}), (f"/{'%21' * 30_000}", None)],
)
def test_what_no_request_holds_is_the_askers_mistake_and_is_not_sent(path: str, body: object) -> None:
    with pytest.raises(InvalidInputError, match="peer cannot be asked that"):
        asyncio.run(client_of(AssertionError("it was sent")).post(path, body))


def test_a_field_error_keeps_its_field() -> None:
    with pytest.raises(InvalidInputError) as caught:
        asyncio.run(client_of(problem(422)).post("/feeds", {}))
    assert caught.value.field == "url"


def test_all_wrong_fields_are_told_the_first_of_them_first() -> None:
    told = [("name", "short"), ("when.include.0", "empty"), ("name", "odd")]
    errors = [{"field": field, "message": message} for field, message in told]
    answer = httpx2.Response(422, json={"detail": "several", "errors": [*errors, "no field"]})
    with pytest.raises(InvalidInputError) as caught:
        asyncio.run(client_of(answer).post("/rules", {}))
    assert (caught.value.field, caught.value.fields) == ("name", {"name": "short", "when.include.0": "empty"})


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("9" * 400, 86_400.0), ("soon", 1.0), (None, 1.0)]
)
def test_the_wait_that_an_overloaded_peer_asks_for_is_kept(header: str | None, seconds: float) -> None:
    headers = {"Retry-After": header} if header else {}
    with pytest.raises(OverloadedError) as caught:
        asyncio.run(client_of(httpx2.Response(429, json={}, headers=headers)).post("/price", {}))
    assert caught.value.retry_after == seconds


def test_a_peer_that_hangs_ends_at_the_deadline() -> None:
    with pytest.raises(DeadlineExceededError):
        asyncio.run(client_of(None, timeout=0.05).get("/"))


def test_a_key_is_shown_where_one_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str | None] = []

    async def handle(request: httpx2.Request) -> httpx2.Response:
        shown.append(request.headers.get("x-api-key"))
        return httpx2.Response(200, json={})

    async def ask(key: str | None) -> None:
        await ServiceClient("peer", "http://peer", key=key, transport=httpx2.MockTransport(handle)).get("/")

    asyncio.run(ask(None))
    monkeypatch.setenv("API_KEYS", "ours")
    asyncio.run(ask(None))
    asyncio.run(ask("another"))
    assert shown == [None, "ours", "another"]


def test_the_context_travels_on() -> None:
    seen: list[httpx2.Request] = []

    async def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={})

    async def call() -> None:
        request_context.request_id.set("id-7")
        await ServiceClient("peer", "http://peer", timeout=3, transport=httpx2.MockTransport(handle)).get("/")

    asyncio.run(call())
    assert seen[0].headers["x-request-id"] == "id-7"
    assert 0 < int(seen[0].headers[request_context.DEADLINE_HEADER]) <= 3000


@pytest.mark.parametrize(("given", "shown"), [(None, "ours"), ("mine", "mine")])
def test_a_key_of_ones_own_goes_before_the_first_of_ours(given: str | None, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", "ours,another")
    keys: list[str | None] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        keys.append(request.headers.get("x-api-key"))
        return httpx2.Response(200, json={})

    client = ServiceClient("peer", "http://peer", key=given, transport=httpx2.MockTransport(handle))
    asyncio.run(client.get("/"))
    assert keys == [shown]
