"""HTTP clients between our services: one shared keep-alive connection pool, a deadline on every call, the context passed on."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from common import request_context
from common.activity.reading import ServerEvent, read_events
from common.bounded_answer import read_bounded
from common.environment.certificates import trusted_at
from common.errors import (
    AnswerTooLargeError,
    DeadlineExceededError,
    InvalidInputError,
    KeyRefusedError,
    NotFoundError,
    OverloadedError,
    PreconditionFailedError,
    PricingAgentError,
    UnavailableError,
    UnreachableError,
)
from common.request_context import outgoing_headers
from common.retry_after import read_retry_after
from common.settings import HttpSettings
from common.tracing.span import span

MAX_ANSWER = 64 * 1024 * 1024  # bytes
_KEPT = ("content-type", "retry-after", "etag", "last-modified", "cache-control", "www-authenticate")


class ServiceClient:
    """Calls one of our services and turns its failures into our errors. `transport` is for tests.

    `key`: what it shows; None: what services show each other. ValueError for an address or certificates that cannot be used.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        timeout: float = 30.0,
        key: str | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.name, self.timeout = name, timeout
        shown = key or next(iter(HttpSettings().keys), None)
        headers = {"X-API-Key": shown} if shown else {}
        trusted = trusted_at(url)
        try:
            self._http = httpx2.AsyncClient(base_url=url, headers=headers, transport=transport, trust_env=False, verify=trusted)
        except httpx2.InvalidURL:  # whose message would name what it takes for the port: it may be a part of a password
            raise ValueError(f"the address of the {name} cannot be read; write it like http://127.0.0.1:8000") from None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, path: str, **params: str) -> object:
        """GET `path`; the decoded JSON."""
        return await self._call("GET", path, params=params or None)

    async def post(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> object:
        """POST `body` as JSON to `path`; the decoded JSON, or None where the answer has no body."""
        return await self._call("POST", path, json=body, headers=headers)

    async def put(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> object:
        """PUT `body` as JSON to `path`; the decoded JSON."""
        return await self._call("PUT", path, json=body, headers=headers)

    async def patch(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> object:
        """PATCH `path` by `body` as JSON; the decoded JSON."""
        return await self._call("PATCH", path, json=body, headers=headers)

    async def delete(self, path: str) -> object:
        """DELETE `path`."""
        return await self._call("DELETE", path)

    async def get_text(self, path: str, **params: str) -> str:
        """GET `path`; the body as text, for what is a file and no JSON."""
        response = await self._send("GET", path, params=params or None)
        if not response.is_success:
            self._decode(response)
        return response.text

    async def relay(self, path: str, headers: Mapping[str, str]) -> httpx2.Response:
        """GET `path` with `headers` for somebody else: the whole answer, whatever its status."""
        return await self._send("GET", path, headers=headers)

    async def post_text(self, path: str, text: str, media_type: str) -> object:
        """POST a file's text to `path`; the decoded JSON."""
        return await self._call("POST", path, content=text.encode(), headers={"Content-Type": media_type})

    @asynccontextmanager
    async def events(self, path: str, silence: float, last: str = "") -> AsyncIterator[AsyncIterator[ServerEvent]]:
        """The server-sent events of `path`, after the one with the id `last`, for as long as the peer says something in time.

        `silence`: seconds without a word after which the peer counts as away; UnavailableError or DeadlineExceededError then.
        """
        headers = outgoing_headers() | {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
        seconds = httpx2.Timeout(self.timeout, read=silence)
        try:
            async with self._http.stream("GET", path, headers=headers, timeout=seconds) as response:
                if not response.is_success:
                    raise UnavailableError(f"{self.name} answered {response.status_code}")
                yield read_events(response.aiter_bytes())
        except httpx2.TimeoutException as exc:
            raise DeadlineExceededError(f"{self.name} was silent for {silence:.0f} s") from exc
        except (httpx2.HTTPError, AnswerTooLargeError) as exc:
            raise UnavailableError(f"{self.name} cannot be listened to: {exc or type(exc).__name__}") from exc

    async def _call(self, method: str, path: str, **request: Any) -> object:
        return self._decode(await self._send(method, path, **request))

    async def _send(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **given: Any) -> httpx2.Response:
        """The whole answer, whatever its status. `given`: params, json or content, as httpx has them."""
        seconds = request_context.remaining(self.timeout)
        with span(f"{method} {self.name}", {"http.request.method": method, "server.address": self.name}, "client") as called:
            sent = outgoing_headers() | {request_context.DEADLINE_HEADER: str(int(seconds * 1000))} | dict(headers or {})
            response = await self._exchange(self._request(method, path, headers=sent, timeout=seconds, **given), seconds)
            called.put({"http.response.status_code": response.status_code})
        return response

    def _request(self, method: str, path: str, **given: Any) -> httpx2.Request:
        """InvalidInputError for what no request holds: a number that is none, half a character, an address without end."""
        try:
            return self._http.build_request(method, path, **given)
        except (ValueError, httpx2.InvalidURL) as exc:
            raise InvalidInputError(f"{self.name} cannot be asked that: {exc}"[:300]) from exc

    async def _exchange(self, request: httpx2.Request, seconds: float) -> httpx2.Response:
        try:
            return await self._read(request, seconds)
        except (httpx2.TimeoutException, TimeoutError) as exc:
            raise DeadlineExceededError(f"{self.name} did not answer within {seconds:.1f} s") from exc
        except (httpx2.HTTPError, httpx2.InvalidURL) as exc:
            raise UnreachableError(f"{self.name} cannot be reached: {exc or type(exc).__name__}") from exc

    async def _read(self, request: httpx2.Request, seconds: float) -> httpx2.Response:
        """Send and read within the deadline, whatever pace the peer keeps, and within MAX_ANSWER bytes."""
        async with asyncio.timeout(seconds):
            response = await self._http.send(request, stream=True)
            try:
                body = await read_bounded(response.aiter_bytes(), MAX_ANSWER)
            except AnswerTooLargeError as exc:
                raise UnavailableError(f"{self.name} {exc}") from exc
            finally:
                await response.aclose()
        return httpx2.Response(response.status_code, headers=_kept(response), content=body)

    def _decode(self, response: httpx2.Response) -> object:
        if response.status_code == 204 or (response.is_success and not response.content):
            return None
        try:
            body = response.json()
        except ValueError as exc:
            raise UnavailableError(f"{self.name} answered {response.status_code} with something else than JSON") from exc
        if response.is_success:
            return body
        error = _error_of(self.name, response.status_code, body)
        seconds = read_retry_after(response.headers.get("retry-after"))
        error.retry_after = error.retry_after if seconds is None else seconds
        raise error


def _kept(response: httpx2.Response) -> dict[str, str]:
    """The headers that matter once the body is unpacked."""
    kept = {name: response.headers[name] for name in _KEPT if name in response.headers}
    return {"content-type": "application/json"} | kept


def _error_of(name: str, status: int, body: object) -> PricingAgentError:
    detail = str(body.get("detail") or body.get("title") or status) if isinstance(body, dict) else str(status)
    if status in (413, 415, 422):
        fields = _fields_of(body)
        return InvalidInputError(detail, next(iter(fields), "body"), fields)
    if status == 404:
        return NotFoundError(detail)
    if status == 412:
        return PreconditionFailedError(detail)
    if status == 401:
        return KeyRefusedError(f"{name}: {detail}")
    if status == 429:
        return OverloadedError(f"{name}: {detail}")
    return UnavailableError(f"{name}: {detail}")


def _fields_of(body: object) -> dict[str, str]:
    """Which fields a problem names, and why."""
    told = body.get("errors") if isinstance(body, dict) else None
    found = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    fields: dict[str, str] = {}
    for each in found:
        fields.setdefault(str(each.get("field", "body")), str(each.get("message", "")))
    return fields
