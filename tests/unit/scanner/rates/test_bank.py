"""A bank is asked within a time and a size, and behind the guard."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest

from scanner.address_guard import GuardedTransport
from scanner.rates.bank import HttpBank
from scanner.rates.bank_file import MAX_BODY, BankError
from scanner.rates.day_rates import DayRates
from tests.unit.scanner.rates.test_bank_file import file

URL = "https://bank.example/daily.xml"
Handler = Callable[[httpx2.Request], httpx2.Response]


def ask(transport: httpx2.AsyncBaseTransport | Handler, timeout: float = 5.0, url: str = URL) -> DayRates:
    async def run() -> DayRates:
        by = transport if isinstance(transport, httpx2.AsyncBaseTransport) else httpx2.MockTransport(transport)
        bank = HttpBank(url, by, timeout)
        try:
            return await bank.rates()
        finally:
            await bank.aclose()

    return asyncio.run(run())


def give(content: bytes, status: int = 200, **headers: str) -> Handler:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx2.Response(status, headers=sent, stream=httpx2.ByteStream(content))


def test_rates_of_the_day_are_had() -> None:
    assert ask(give(file(("USD", "1.2")))).dollars == {"EUR": 1.2}


@pytest.mark.parametrize(
    ("handler", "why"),
    [
        (give(b"x" * (MAX_BODY + 1)), "larger than"),
        (give(b"", 503), "HTTP 503"),
        (give(b"", 302, location="http://10.0.0.1/"), "HTTP 302"),
        (give(gzip.compress(b"\0" * 10_000_000), content_encoding="gzip"), "compressed"),
        (give(b""), "cannot be read"),
    ],
)
def test_a_bank_that_tells_no_rates_is_an_error_of_that_kind(handler: Handler, why: str) -> None:
    with pytest.raises(BankError, match=why):
        ask(handler)


class Hanging(httpx2.AsyncBaseTransport):
    """Begins to answer, and never ends."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, stream=Dripping())


class Dripping(httpx2.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.01)
            yield b" "


def test_a_bank_that_hangs_is_given_up() -> None:
    begun = time.monotonic()
    with pytest.raises(BankError, match="no complete answer"):
        ask(Hanging(), timeout=0.2)
    assert time.monotonic() - begun < 3.0


def test_a_bank_in_a_private_network_is_not_asked() -> None:
    with pytest.raises(BankError, match="not a public address"):
        ask(GuardedTransport(frozenset()), url="http://127.0.0.1:9/")
