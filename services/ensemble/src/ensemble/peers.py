"""Calls one pricer over HTTP. The only file that knows aiohttp, which fans out several times faster than httpx here.

One ClientSession is shared by all peers: connections are kept alive, and none outlives the application.
"""

import asyncio
import json
from collections.abc import Sequence

import aiohttp
from pydantic import ValidationError

from common import context
from common.errors import DeadlineExceededError, UnavailableError
from common.pricer_app import PricedItem
from common.pricing import BatchResponse, PriceRequest, PriceResponse
from common.settings import HttpSettings

MAX_ANSWER = 16 * 1024 * 1024  # bytes
BATCH_CHUNK = 100  # items a request: bounds what one late answer can cost


def open_session() -> aiohttp.ClientSession:
    """A session for all peers; the caller closes it."""
    keys = HttpSettings().keys
    headers = {"Content-Type": "application/json"} | ({"X-API-Key": keys[0]} if keys else {})
    return aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30))


class HttpPeer:
    """A pricer behind its HTTP API."""

    def __init__(self, name: str, url: str, session: aiohttp.ClientSession) -> None:
        self.name, self.url, self.session = name, url.rstrip("/"), session

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> list[PricedItem]:
        """Results in order, or UnavailableError / DeadlineExceededError after `seconds` at the latest."""
        try:
            async with asyncio.timeout(seconds):
                if len(requests) == 1:
                    return [await self._price_one(requests[0], seconds)]
                return await self._price_many(requests, seconds)
        except TimeoutError as exc:
            raise DeadlineExceededError(f"{self.name} did not answer within {seconds:.1f} s") from exc
        except (aiohttp.ClientError, OSError) as exc:
            raise UnavailableError(f"{self.name} cannot be reached: {exc or type(exc).__name__}") from exc
        except ValidationError as exc:
            raise UnavailableError(f"{self.name} answered something that is not a price") from exc

    async def _price_one(self, request: PriceRequest, seconds: float) -> PriceResponse:
        return PriceResponse.model_validate_json(await self._post("/price", request.model_dump_json().encode(), seconds))

    async def _price_many(self, requests: Sequence[PriceRequest], seconds: float) -> list[PricedItem]:
        results: list[PricedItem] = []
        for start in range(0, len(requests), BATCH_CHUNK):
            chunk = [request.model_dump(exclude_none=True) for request in requests[start : start + BATCH_CHUNK]]
            answer = await self._post("/price/batch", json.dumps({"items": chunk}).encode(), seconds)
            priced = BatchResponse.model_validate_json(answer).results
            if len(priced) != len(chunk):
                raise UnavailableError(f"{self.name} answered {len(priced)} results for {len(chunk)} items")
            results += priced
        return results

    async def _post(self, path: str, body: bytes, seconds: float) -> bytes:
        headers = context.outgoing_headers() | {context.DEADLINE_HEADER: str(int(seconds * 1000))}
        async with self.session.post(self.url + path, data=body, headers=headers, allow_redirects=False) as response:
            answer = await _read_bounded(self.name, response)
            if response.status != 200:
                raise UnavailableError(f"{self.name} answered {response.status}")
            return answer


async def _read_bounded(name: str, response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for part in response.content.iter_chunked(65_536):
        body += part
        if len(body) > MAX_ANSWER:
            raise UnavailableError(f"{name} sent more than {MAX_ANSWER} bytes")
    return bytes(body)
