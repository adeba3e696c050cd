"""Calls one pricer over its HTTP API, each call with a deadline that the pricer is told, and checks what comes back.

Knows no client library, no other pricer, and nothing of retries: see aiohttp_transport.py and guarded_peer.py.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from pydantic import BaseModel, ValidationError

from common import request_context
from common.pricing import BatchResponse, ItemError, PricedItem, PriceRequest, PriceResponse
from common.problem import problem
from common.tracing.span import span
from ensemble.peer.peer_error import PeerError, Reason
from ensemble.peer.transport import Reply, Transport

MAX_ANSWER = 1024 * 1024  # bytes for one item
MAX_PART = 16 * 1024  # bytes on top for each item of a batch: a price and five similar products take 2 kB
PROBE_SECONDS = 1.0


class HttpPeer:
    """A pricer behind its HTTP API."""

    def __init__(self, name: str, url: str, transport: Transport) -> None:
        self.name, self.url, self.transport = name, url.rstrip("/"), transport

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> list[PricedItem]:
        """Results in order, or PeerError after `seconds` at the latest. One request goes to /price, several to /price/batch."""
        path, body = ("/price", _body(requests[0])) if len(requests) == 1 else ("/price/batch", _batch_body(requests))
        with span(f"POST {self.name}", {"http.request.method": "POST", "server.address": self.name}, "client") as called:
            reply = await self._post(path, body, MAX_ANSWER + MAX_PART * len(requests), seconds)
            called.put({"http.response.status_code": reply.status})
        return self._results(reply, len(requests))

    async def is_alive(self) -> bool:
        """Whether it answers anything but a server's error within a second. A pricer without /readyz counts as alive."""
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                return (await self.transport.send("GET", f"{self.url}/readyz", {}, None, MAX_ANSWER)).status < 500
        except (PeerError, TimeoutError):
            return False

    async def _post(self, path: str, body: bytes, limit: int, seconds: float) -> Reply:
        headers = request_context.outgoing_headers() | {request_context.DEADLINE_HEADER: str(int(seconds * 1000))}
        try:
            async with asyncio.timeout(seconds):
                return await self.transport.send("POST", self.url + path, headers, body, limit)
        except TimeoutError as exc:
            raise PeerError("late", f"{self.name} did not answer within {seconds:.1f} s") from exc

    def _results(self, reply: Reply, count: int) -> list[PricedItem]:
        if reply.status == 429 or (reply.status == 503 and reply.retry_after is not None):
            raise PeerError("overloaded", f"{self.name} has too much to do", reply.retry_after)
        if reply.status != 200:
            reason: Reason = "refused" if 400 <= reply.status < 500 else "status"
            raise PeerError(reason, f"{self.name} answered {reply.status}", reply.retry_after)
        try:
            results = _single(reply.body) if count == 1 else _batch(reply.body)
        except ValidationError as exc:
            raise PeerError("malformed", f"{self.name} answered something that is not a price") from exc
        if len(results) != count:
            raise PeerError("wrong_length", f"{self.name} answered {len(results)} results for {count} items")
        return results


class _Loose(BaseModel):
    """A batch's answer whose items are yet to be looked at."""

    results: list[object]


def _single(body: bytes) -> list[PricedItem]:
    return [PriceResponse.model_validate_json(body)]


def _batch(body: bytes) -> list[PricedItem]:
    """The results; one that is no price costs that item alone. ValidationError where there are no results."""
    try:
        return list(BatchResponse.model_validate_json(body).results)
    except ValidationError:
        return [_item(each) for each in _Loose.model_validate_json(body).results]


def _item(found: object) -> PricedItem:
    for shape in (PriceResponse, ItemError):
        with suppress(ValidationError):
            return shape.model_validate(found)
    return ItemError(error=problem(502, "the pricer answered something that is not a price"))


def _body(request: PriceRequest) -> bytes:
    return request.model_dump_json(exclude_none=True).encode()


def _batch_body(requests: Sequence[PriceRequest]) -> bytes:
    return b'{"items":[' + b",".join(map(_body, requests)) + b"]}"
