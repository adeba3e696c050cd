"""What travels with a request through every hop: its id, its W3C trace parent and its deadline."""

import time
from contextvars import ContextVar

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
deadline: ContextVar[float | None] = ContextVar("deadline", default=None)  # on time.monotonic's clock
caller: ContextVar[str] = ContextVar("caller", default="")  # name of the key that was shown

DEADLINE_HEADER = "X-Deadline-Ms"  # milliseconds that the caller will still wait: clocks of two hosts need not agree


def remaining(default: float) -> float:
    """Seconds until the deadline of the request being served, at most `default`."""
    until = deadline.get()
    return default if until is None else max(0.0, min(default, until - time.monotonic()))


def outgoing_headers() -> dict[str, str]:
    """Headers that carry the context to the next service."""
    headers = {"X-Request-ID": request_id.get(), "traceparent": traceparent.get()}
    return {name: value for name, value in headers.items() if value}
