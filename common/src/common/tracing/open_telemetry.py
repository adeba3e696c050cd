"""Records spans by the OpenTelemetry SDK and hands them to a collector: OTLP over HTTP, in protobuf.

The only place that knows OpenTelemetry, imported where it is switched on. Spans wait in a bounded queue for a thread of their own,
which drops the oldest when a collector is away: nobody who is served waits for it.
"""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import requests
import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState
from opentelemetry.util.re import parse_env_headers

from common import request_context
from common.tracing.span import Facts, Kind, Recording

_KINDS = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}
_REMOTE = ("server", "consumer")  # kinds of spans whose parent is another process's
_LONGEST = 200  # characters of a fact
_MOST = 64 * 1024  # bytes of a collector's answer
_DEADLINE = 10.0  # seconds for one, as the SDK has it where OTEL_EXPORTER_OTLP_TIMEOUT says nothing else


class OpenTelemetryRecorder:
    """Spans of one service. Sampling, queue and resource come from the standard variables, but for the service's name.

    `exporter` None: OTLP to where OTEL_EXPORTER_OTLP_ENDPOINT says, with `headers` as OTEL_EXPORTER_OTLP_HEADERS writes them.
    """

    def __init__(self, service: str, exporter: SpanExporter | None = None, headers: str = "") -> None:
        own = {"service.name": service, "service.namespace": "product-pricing-agent", "service.instance.id": uuid4().hex}
        self._provider = TracerProvider(
            resource=Resource.create(own),
            shutdown_on_exit=False,
            span_limits=SpanLimits(max_span_attribute_length=_LONGEST),
        )
        exporter = exporter or ToldExporter(
            OTLPSpanExporter(headers=parse_env_headers(headers, liberal=True), session=BoundedSession())
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("product-pricing-agent")
        # One line an outage is enough, and ToldExporter has it: the SDK would say it for every batch and every span.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)

    def begin(self, name: str, kind: Kind, parent: str | None, facts: Facts, at: int | None = None) -> Recording:
        """See Recorder."""
        span = self._tracer.start_span(
            name,
            context=trace.set_span_in_context(NonRecordingSpan(_context_of(parent, kind in _REMOTE))) if parent else _NOTHING,
            kind=_KINDS[kind],
            attributes=dict(facts),
            start_time=at,
            record_exception=False,
            set_status_on_exception=False,
        )
        return _Recording(span)

    def stop(self, seconds: float) -> None:
        """Send what waits, for at most so many seconds: a collector that hangs must not keep a service from ending."""
        ending = threading.Thread(target=self._provider.shutdown, name="last spans", daemon=True)
        ending.start()
        ending.join(seconds)


_NOTHING = trace.set_span_in_context(trace.INVALID_SPAN)


class _Recording:
    """A span of the SDK's."""

    __slots__ = ("_span", "traceparent")

    def __init__(self, span: Span) -> None:
        self._span, found = span, span.get_span_context()
        self.traceparent = f"00-{found.trace_id:032x}-{found.span_id:016x}-{int(found.trace_flags):02x}"

    def put(self, facts: Facts) -> None:
        """See Recording."""
        self._span.set_attributes(dict(facts))

    def rename(self, name: str) -> None:
        """See Recording."""
        self._span.update_name(name)

    def fail(self, kind: str) -> None:
        """See Recording."""
        self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR))

    def end(self, at: int | None = None) -> None:
        """See Recording."""
        self._span.end(at)


def _context_of(traceparent: str, is_remote: bool) -> SpanContext:
    """Of a trace parent that was looked at when it came in."""
    _, trace_id, span_id, flags = traceparent.split("-")[:4]
    state = request_context.tracestate.get()
    return SpanContext(
        int(trace_id, 16),
        int(span_id, 16),
        is_remote,
        TraceFlags(int(flags, 16)),
        TraceState.from_header([state]) if state else None,
    )


class ToldExporter(SpanExporter):
    """Hands spans on to `exporter`, and tells once when they are lost and once when they arrive again."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter, self._is_away = exporter, False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """As the exporter says."""
        result = self._exporter.export(spans)
        is_away = result is not SpanExportResult.SUCCESS
        if is_away and not self._is_away:
            structlog.get_logger().warning("traces_lost", spans=len(spans), advice="the collector does not take them; see docs")
        elif self._is_away and not is_away:
            structlog.get_logger().info("traces_arrive_again")
        self._is_away = is_away
        return result

    def shutdown(self) -> None:
        """Close."""
        self._exporter.shutdown()


class BoundedSession(requests.Session):
    """Reads no more of an answer than any collector says, and no longer than until the deadline of its request."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """The answer, read. requests.RequestException where there is none, or no end to it."""
        allowed = options.get("timeout")
        until = time.monotonic() + (allowed if isinstance(allowed, int | float) else _DEADLINE)
        answer = super().send(request, **(options | {"stream": True}))
        body = bytearray()
        for part in answer.iter_content(1024):
            body += part
            if len(body) > _MOST or time.monotonic() > until:
                answer.close()
                raise requests.exceptions.ContentDecodingError("an answer that is too long")
        answer._content, answer._content_consumed = bytes(body), True
        return answer
