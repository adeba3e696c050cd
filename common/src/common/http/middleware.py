"""What happens to every request before anything else: context, metrics, log. Plain ASGI, for speed."""

import asyncio
import math
import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common import request_context
from common.errors import UnavailableError
from common.http.disconnect import SHUTDOWN, STOPPED
from common.http.docs_page import PATHS as DOCS
from common.http.metrics import Metrics
from common.http.problem_response import response_of
from common.tracing.span import UNRECORDED, Span, entry

_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")
_TRACESTATE = re.compile(r"[\x20-\x7e]{1,512}")
PROBES = frozenset({"/healthz", "/readyz", "/metrics", "/openapi.json"}) | DOCS
_LONGEST_DEADLINE = 600.0  # seconds


class RequestContextMiddleware:
    """Takes over id, trace and deadline from the caller, counts and times the request, records a span and logs it.

    One that the server gives up, as it stops and waits no longer, is answered 503 like every part that is away.
    Of `open_paths` neither is there; `endless` are paths whose answers go on, so that a span of them would never be seen.
    """

    def __init__(
        self, app: ASGIApp, metrics: Metrics, open_paths: frozenset[str] = PROBES, endless: frozenset[str] = frozenset()
    ) -> None:
        self.app, self.metrics, self.open_paths = app, metrics, open_paths
        self.endless, self.untraced = endless, open_paths | endless

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        identifier = _adopt_context(Headers(scope=scope))
        method = scope["method"]
        recorded = UNRECORDED if scope["path"] in self.untraced else entry(method, {"http.request.method": method}, "server")
        try:
            with recorded as span:
                await self._serve(scope, receive, send, identifier, span)
        finally:  # an error that nobody has foreseen is logged further out
            request_context.traceparent.set(span.traceparent or request_context.traceparent.get())

    async def _serve(self, scope: Scope, receive: Receive, send: Send, identifier: str, span: Span) -> None:
        started, status, has_begun = time.perf_counter(), 500, False

        async def send_with_id(message: Message) -> None:
            nonlocal status, has_begun
            if message["type"] == "http.response.start":
                status, has_begun = message["status"], True
                MutableHeaders(scope=message)["X-Request-ID"] = identifier
            await send(message)

        self.metrics.in_flight.inc()
        try:
            await self.app(scope, receive, send_with_id)
        except asyncio.CancelledError as exc:
            if has_begun or SHUTDOWN not in str(exc):
                raise
            await response_of(UnavailableError(STOPPED))(scope, receive, send_with_id)
        finally:
            self.metrics.in_flight.dec()
            self._record(scope, status, time.perf_counter() - started)
            _describe(span, scope, status)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = _route_of(scope)
        self.metrics.requests.labels(scope["method"], route, status).inc()
        if scope["path"] not in self.endless:  # how long somebody listened says nothing of us
            self.metrics.seconds.labels(scope["method"], route).observe(seconds)
        if scope["path"] not in self.open_paths:
            ms = round(seconds * 1000, 1)
            structlog.get_logger().debug("request", method=scope["method"], path=scope["path"], status=status, ms=ms)


def _route_of(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "unmatched")


def _describe(span: Span, scope: Scope, status: int) -> None:
    route = _route_of(scope)
    span.rename(f"{scope['method']} {route}")
    span.put({"http.route": route, "http.response.status_code": status})
    if status >= 500:
        span.fail(str(status))


def _adopt_context(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    identifier = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    request_context.request_id.set(identifier)
    request_context.traceparent.set(request_context.read_traceparent(headers.get("traceparent", "")))
    state = headers.get("tracestate", "")
    request_context.tracestate.set(state if _TRACESTATE.fullmatch(state) else None)
    request_context.deadline.set(_deadline_of(headers.get(request_context.DEADLINE_HEADER)))
    return identifier


def _deadline_of(milliseconds: str | None) -> float | None:
    try:
        budget = float(milliseconds or "") / 1000
    except ValueError:
        return None
    return time.monotonic() + min(budget, _LONGEST_DEADLINE) if math.isfinite(budget) else None
