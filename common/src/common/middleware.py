"""What happens to every request before a route sees it: context, metrics, keys, limits. Plain ASGI, for speed."""

import math
import re
import time
import uuid
from collections.abc import Mapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common import context, errors
from common.api_keys import KnownKeys
from common.metrics import Metrics
from common.pricing import FieldError
from common.problem import problem, problem_response, response_of

_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_OPEN_PATHS = frozenset({"/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"})
_LONGEST_DEADLINE = 600.0  # seconds


class RequestContextMiddleware:
    """Takes over id, trace parent and deadline from the caller, counts and times the request, and logs it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        identifier = _adopt_context(Headers(scope=scope))
        started, status = time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = identifier
            await send(message)

        self.metrics.in_flight.inc()
        try:
            await self.app(scope, receive, send_with_id)
        finally:
            self.metrics.in_flight.dec()
            self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        self.metrics.requests.labels(scope["method"], route, status).inc()
        self.metrics.seconds.labels(scope["method"], route).observe(seconds)
        if scope["path"] not in _OPEN_PATHS:
            ms = round(seconds * 1000, 1)
            structlog.get_logger().debug("request", method=scope["method"], path=scope["path"], status=status, ms=ms)


def _adopt_context(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    identifier = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    context.request_id.set(identifier)
    trace = headers.get("traceparent", "")
    context.traceparent.set(trace if _TRACEPARENT.fullmatch(trace) else None)
    context.deadline.set(_deadline_of(headers.get(context.DEADLINE_HEADER)))
    return identifier


def _deadline_of(milliseconds: str | None) -> float | None:
    try:
        budget = float(milliseconds or "") / 1000
    except ValueError:
        return None
    return time.monotonic() + min(budget, _LONGEST_DEADLINE) if math.isfinite(budget) else None


class ApiKeyMiddleware:
    """Demands a known X-API-Key."""

    def __init__(self, app: ASGIApp, keys: list[str]) -> None:
        self.app, self.known = app, KnownKeys(keys)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_open = scope["type"] != "http" or scope["path"] in _OPEN_PATHS
        if is_open or self.known.holds(Headers(scope=scope).get("x-api-key", "")):
            await self.app(scope, receive, send)
            return
        error = errors.UnauthorizedError("a valid X-API-Key header is needed")
        await response_of(error)(scope, receive, send)


class AdmissionMiddleware:
    """Refuses work past a bound at once, rather than letting a queue grow until everything is late."""

    def __init__(self, app: ASGIApp, max_in_flight: int) -> None:
        self.app, self.free = app, max_in_flight

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _OPEN_PATHS:
            await self.app(scope, receive, send)
            return
        if self.free <= 0:
            await response_of(errors.OverloadedError("too many requests in flight"))(scope, receive, send)
            return
        self.free -= 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.free += 1


class BodyMiddleware:
    """Reads the whole body up to a limit (bytes, by path) and refuses larger ones, and bodies that do not say they are JSON."""

    def __init__(self, app: ASGIApp, limits: Mapping[str, int], default: int, json_only: bool = True) -> None:
        self.app, self.limits, self.default, self.json_only = app, limits, default, json_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("POST", "PUT", "PATCH"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = self.limits.get(scope["path"], self.default)
        declared = headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > limit:
            await _refuse_size(limit)(scope, receive, send)
            return
        body = await _read(receive, limit)
        if body is None:
            await _refuse_size(limit)(scope, receive, send)
        elif body and self.json_only and not _is_json(headers.get("content-type", "")):
            detail = "Content-Type must be application/json"
            refusal = problem(415, detail, [FieldError(field="Content-Type", message=detail)])
            await problem_response(refusal)(scope, receive, send)
        else:
            await self.app(scope, _replay(body, receive), send)


def _refuse_size(limit: int) -> ASGIApp:
    detail = f"the body is larger than {limit} bytes"
    return problem_response(problem(413, detail, [FieldError(field="body", message=detail)]))


def _is_json(content_type: str) -> bool:
    media = content_type.partition(";")[0].strip().lower()
    return media == "application/json" or (media.startswith("application/") and media.endswith("+json"))


async def _read(receive: Receive, limit: int) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > limit:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay
