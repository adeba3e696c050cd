"""What travels with a request through every hop: its id, its W3C trace context and its deadline."""

import re
import time
from contextvars import ContextVar

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)  # of the span under way, or the caller's
tracestate: ContextVar[str | None] = ContextVar("tracestate", default=None)
deadline: ContextVar[float | None] = ContextVar("deadline", default=None)  # on time.monotonic's clock
caller: ContextVar[str] = ContextVar("caller", default="")  # name of the key that was shown

DEADLINE_HEADER = "X-Deadline-Ms"  # milliseconds that the caller will still wait: clocks of two hosts need not agree

# W3C Trace Context: no version ff, and neither id all zeros.
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def read_traceparent(given: str) -> str | None:
    """A trace parent from outside; None where it is none."""
    return given if _TRACEPARENT.fullmatch(given) else None


def remaining(default: float) -> float:
    """Seconds until the deadline of the request being served, at most `default`."""
    until = deadline.get()
    return default if until is None else max(0.0, min(default, until - time.monotonic()))


def outgoing_headers() -> dict[str, str]:
    """Headers that carry the context to the next service."""
    parent = traceparent.get()
    headers = {"X-Request-ID": request_id.get(), "traceparent": parent, "tracestate": tracestate.get() if parent else None}
    return {name: value for name, value in headers.items() if value}
