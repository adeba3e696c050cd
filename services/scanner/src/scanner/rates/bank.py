"""Fetches a central bank's file over HTTP, behind the guard, within a size and a time."""

import asyncio

import httpx2

from common.bounded_answer import read_bounded
from common.errors import AnswerTooLargeError
from scanner.parsing.feed_entry import FeedError
from scanner.rates.bank_file import MAX_BODY, BankError, parse_rates_of_day
from scanner.rates.day_rates import DayRates

TIMEOUT = 10.0  # seconds for all of it
_HEADERS = {
    "User-Agent": "product-pricing-agent/0.1 (rates)",
    "Accept": "application/xml, text/xml",
    "Accept-Encoding": "identity",  # a bound on what arrives would say nothing of what it unpacks to
}


class HttpBank:
    """A bank at `url`. `transport` is the guard in production."""

    def __init__(self, url: str, transport: httpx2.AsyncBaseTransport, timeout: float = TIMEOUT) -> None:
        self._http = httpx2.AsyncClient(transport=transport, headers=_HEADERS, timeout=timeout, trust_env=False)
        self._url, self._timeout = url, timeout

    async def rates(self) -> DayRates:
        """Its rates of the day. BankError says what went wrong."""
        try:
            async with asyncio.timeout(self._timeout):
                return parse_rates_of_day(await self._fetch())
        except (TimeoutError, httpx2.TimeoutException) as exc:
            raise BankError(f"no complete answer within {self._timeout:g} s") from exc
        except AnswerTooLargeError as exc:
            raise BankError(f"larger than {exc.most} bytes") from exc
        except (httpx2.HTTPError, httpx2.InvalidURL, FeedError) as exc:
            raise BankError(f"cannot be fetched: {exc or type(exc).__name__}") from exc

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _fetch(self) -> bytes:
        async with self._http.stream("GET", self._url) as response:
            if response.status_code != 200:
                raise BankError(f"HTTP {response.status_code}")
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise BankError("a compressed answer, which was not asked for")
            return await read_bounded(response.aiter_raw(), MAX_BODY)
