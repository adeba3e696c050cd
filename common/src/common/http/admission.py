"""How much at once, how large and how slow: bounds on requests in flight, on bodies and on the time they take. Plain ASGI."""

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.errors import OverloadedError, SlowBodyError
from common.http.disconnect import CLOSED
from common.http.middleware import PROBES
from common.http.problem_response import problem_response, response_of
from common.problem import FieldError, Problem, problem, problem_of

SLOWEST = 64 * 1024  # bytes a second at which a body must come, once its first seconds are over
LONGEST_RETRY = 60.0  # seconds: nobody should be sent away for longer on an estimate
DEFAULT_LIMIT = 256 * 1024  # bytes; a description of 10,000 characters takes at most 120 kB of escaped JSON
_TELLING = 0.1  # weight of the last request in the mean service time
_LENGTH = re.compile(r"0*([0-9]{1,18})")  # Python refuses to read a number of thousands of digits, even where they are zeros


class AdmissionMiddleware:
    """Refuses work past a bound at once, rather than letting a queue grow until everything is late.

    Retry-After is when the caller's turn would come: those refused are counted as if they stood in a queue, which moves one
    place with each answer, at `max_in_flight` answers in the mean service time (Little's law). So they do not all come back
    at the same moment. `streams` are paths whose requests last as long as they like and tell nothing of service times;
    those of `open_paths` are not counted.
    """

    def __init__(
        self, app: ASGIApp, max_in_flight: int, streams: frozenset[str] = frozenset(), open_paths: frozenset[str] = PROBES
    ) -> None:
        self.app, self.streams, self.open_paths = app, streams, open_paths
        self.bound = self.free = max_in_flight
        self.seconds, self.sent_away = 0.0, 0

    @property
    def retry_after(self) -> float:
        """Seconds until the next caller who is refused would get a place; at least 1, and 1 before anything was measured."""
        return min(max(self.seconds * (self.sent_away + 1) / self.bound, 1.0), LONGEST_RETRY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["path"] in self.open_paths:
            await self.app(scope, receive, send)
            return
        if self.free <= 0:
            error = OverloadedError("too many requests in flight")
            error.retry_after = self.retry_after
            self.sent_away += 1
            await response_of(error)(scope, receive, send)
            return
        self.free -= 1
        started = time.perf_counter()
        try:
            await self.app(scope, receive, send)
        finally:
            self.free += 1
            self.sent_away = max(0, self.sent_away - 1)
            if scope["path"] not in self.streams:
                took = time.perf_counter() - started
                self.seconds += (took - self.seconds) * _TELLING if self.seconds else took


@dataclass(frozen=True)
class Bodies:
    """Bytes that a body may have, by path or in general. Paths of `streams` get theirs as it comes and bound it themselves.

    `untyped`: the same for all paths that begin so, and whose bodies may be of any type although others are `json_only`.
    """

    limits: Mapping[str, int] = field(default_factory=dict)
    untyped: Mapping[str, int] = field(default_factory=dict)
    default: int = DEFAULT_LIMIT
    json_only: bool = True
    streams: frozenset[str] = frozenset()


class BodyMiddleware:
    """Reads the whole body and refuses larger ones, slow ones, packed ones, and other types than JSON.

    A body gets `seconds`, and one more for every SLOWEST bytes of it that came (Apache's RequestReadTimeout does likewise). One
    whose sender leaves before its end is not passed on: half a form or a list of rules may well be a whole one that says less.
    """

    def __init__(self, app: ASGIApp, bodies: Bodies, seconds: float = 10.0) -> None:
        self.app, self.bodies, self.seconds = app, bodies, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["method"] not in ("POST", "PUT", "PATCH"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if headers.get("content-encoding", "").strip().lower() not in ("", "identity"):
            await _refuse_coding()(scope, receive, send)
            return
        if scope["path"] in self.bodies.streams:
            await self.app(scope, receive, send)
            return
        limit, is_typed = self._rule(scope["path"])
        if (read_length(headers.get("content-length", "")) or 0) > limit:
            await _refuse_size(limit)(scope, receive, send)
            return
        try:
            body = await self._read(receive, limit)
        except TimeoutError:
            await _refuse_slow()(scope, receive, send)
            return
        except ClientDisconnect:
            await Response(status_code=CLOSED)(scope, receive, send)
            return
        if body is None:
            await _refuse_size(limit)(scope, receive, send)
        elif body and is_typed and not _is_json(headers.get("content-type", "")):
            refusal = refusal_of_type("Content-Type must be application/json")
            await problem_response(refusal)(scope, receive, send)
        else:
            await self.app(scope, _replay(body, receive), send)

    def _rule(self, path: str) -> tuple[int, bool]:
        """The most bytes, and whether they must be JSON."""
        for beginning, limit in self.bodies.untyped.items():
            if path.startswith(beginning):
                return limit, False
        return self.bodies.limits.get(path, self.bodies.default), self.bodies.json_only

    async def _read(self, receive: Receive, limit: int) -> bytes | None:
        """The body; None where it is too large. TimeoutError where it is too slow, ClientDisconnect where its end never comes."""
        async with asyncio.timeout(self.seconds) as timer:
            until = timer.when() or 0.0
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body", False):
                whole: bytes = message.get("body", b"")
                return whole if len(whole) <= limit else None
            body = bytearray()
            while True:
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                body += message.get("body", b"")
                if len(body) > limit:
                    return None
                if not message.get("more_body", False):
                    break
                timer.reschedule(until + len(body) / SLOWEST)
                message = await receive()
            return bytes(body)


def read_length(header: str) -> int | None:
    """Bytes that a header tells; None where it holds no whole number, or one past all that could be sent."""
    found = _LENGTH.fullmatch(header)
    return int(found[1]) if found else None


def _refuse_slow() -> ASGIApp:
    """408, after which the connection is closed: what is still to come of the body must not be read as a request."""
    return problem_response(problem_of(SlowBodyError("the body did not arrive in time")), {"Connection": "close"})


def refusal_of_type(detail: str) -> Problem:
    """415."""
    return problem(415, detail, [FieldError(field="Content-Type", message=detail)])


def _refuse_coding() -> ASGIApp:
    """415 that names the codings there are (RFC 9110, 12.5.3): a body that is unpacked would need a second bound on its size."""
    detail = "Content-Encoding must be identity: send the body as it is"
    refusal = problem(415, detail, [FieldError(field="Content-Encoding", message=detail)])
    return problem_response(refusal, {"Accept-Encoding": "identity"})


def _refuse_size(limit: int) -> ASGIApp:
    detail = f"the body is larger than {limit} bytes"
    return problem_response(problem(413, detail, [FieldError(field="body", message=detail)]))


def _is_json(content_type: str) -> bool:
    media = content_type.partition(";")[0].strip().lower()
    return media == "application/json" or (media.startswith("application/") and media.endswith("+json"))


def _replay(body: bytes, receive: Receive) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay
