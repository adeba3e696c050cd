"""Spans as code sees them. What is under way is the W3C trace parent in request_context: calls, logs and the stream pass it on.

Nothing is recorded, and hardly anything done, until a process has a recorder (start.py). Who writes facts of a span sees to it that
they are few and small: numbers and our own words, no text of a person, no address, no secret. Knows no OpenTelemetry.
"""

import functools
import time
from collections.abc import Callable, Coroutine, Mapping
from contextvars import Token
from types import TracebackType
from typing import Any, Literal, ParamSpec, Protocol, TypeAlias, TypeVar

from common import request_context

Value: TypeAlias = str | int | float | bool
Facts: TypeAlias = Mapping[str, Value]
Kind: TypeAlias = Literal["internal", "server", "client", "producer", "consumer"]
P = ParamSpec("P")
R = TypeVar("R")


class Recording(Protocol):
    """A span under way. `traceparent`: what those who are called within it are told."""

    traceparent: str

    def put(self, facts: Facts) -> None:
        """Add facts."""
        ...

    def rename(self, name: str) -> None:
        """It has another name."""
        ...

    def fail(self, kind: str) -> None:
        """It failed; `kind` is a class of errors or a status, never their words."""
        ...

    def end(self, at: int | None = None) -> None:
        """It is over, now or at a moment in nanoseconds since the epoch."""
        ...


class Recorder(Protocol):
    """Records spans."""

    def begin(self, name: str, kind: Kind, parent: str | None, facts: Facts, at: int | None = None) -> Recording:
        """A span within `parent`, a W3C trace parent, or that of a new trace; it began now, or at a moment in nanoseconds."""
        ...


class Span:
    """A span, or nothing where nobody records."""

    def __init__(self, recording: Recording | None = None) -> None:
        self._recording = recording

    @property
    def traceparent(self) -> str | None:
        """Its trace parent; None where nobody records."""
        return self._recording.traceparent if self._recording else None

    def put(self, facts: Facts) -> None:
        """Add facts."""
        if self._recording:
            self._recording.put(facts)

    def rename(self, name: str) -> None:
        """Name it otherwise: what a request asks for shows once it is routed."""
        if self._recording:
            self._recording.rename(name)

    def fail(self, kind: str) -> None:
        """It failed, by a class of errors or a status."""
        if self._recording:
            self._recording.fail(kind)

    def end(self) -> None:
        """It is over."""
        if self._recording:
            self._recording.end()


class _Process:
    """What records in this process, as logs have one form in a process."""

    recorder: Recorder | None = None


def record_with(recorder: Recorder | None) -> None:
    """From now on spans go there; None: nowhere."""
    _Process.recorder = recorder


class _Within:
    """A span for as long as a `with` lasts, during which it is the trace parent."""

    __slots__ = ("_recording", "_token")

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._token: Token[str | None] | None = None

    def __enter__(self) -> Span:
        self._token = request_context.traceparent.set(self._recording.traceparent)
        return Span(self._recording)

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if self._token is not None:
            request_context.traceparent.reset(self._token)
        if kind is not None:
            self._recording.fail(kind.__name__)
        self._recording.end()


class _Without:
    """The same where nobody records. `parent`: what is passed on all the same, as it came from outside."""

    __slots__ = ("_parent", "_token")

    def __init__(self, parent: str | None = None) -> None:
        self._parent = parent
        self._token: Token[str | None] | None = None

    def __enter__(self) -> Span:
        if self._parent is not None:
            self._token = request_context.traceparent.set(self._parent)
        return _NO_SPAN

    def __exit__(self, *_: object) -> None:
        if self._token is not None:
            request_context.traceparent.reset(self._token)


_NO_SPAN = Span()
UNRECORDED = _Without()
_NO_FACTS: Facts = {}


def span(name: str, facts: Facts = _NO_FACTS, kind: Kind = "internal") -> _Within | _Without:
    """A step of what is under way. Where no trace is, none begins: what goes on by itself all day would leave thousands."""
    recorder = _Process.recorder
    if recorder is None or (parent := request_context.traceparent.get()) is None:
        return UNRECORDED
    return _Within(recorder.begin(name, kind, parent, facts))


def entry(name: str, facts: Facts = _NO_FACTS, kind: Kind = "internal", parent: str | None = None) -> _Within | _Without:
    """A beginning: within `parent`, which came from outside, else within what is under way, else of a trace of its own."""
    recorder = _Process.recorder
    if recorder is None:
        return _Without(parent) if parent else UNRECORDED
    return _Within(recorder.begin(name, kind, parent or request_context.traceparent.get(), facts))


def begin(name: str, kind: Kind, parent: str | None, facts: Facts = _NO_FACTS) -> Span:
    """A span beside others that are under way at the same time, which its caller ends. None without a parent."""
    recorder = _Process.recorder
    return Span() if recorder is None or parent is None else Span(recorder.begin(name, kind, parent, facts))


def note(name: str, began: float, ended: float = 0.0, facts: Facts = _NO_FACTS, problem: str = "") -> None:
    """A step that is over: it lasted from so many seconds ago until so many seconds ago."""
    recorder, parent = _Process.recorder, request_context.traceparent.get()
    if recorder is None or parent is None:
        return
    now = time.time_ns()
    recording = recorder.begin(name, "internal", parent, facts, now - int(began * 1e9))
    if problem:
        recording.fail(problem)
    recording.end(now - int(ended * 1e9))


def traced(name: str) -> Callable[[Callable[P, Coroutine[Any, Any, R]]], Callable[P, Coroutine[Any, Any, R]]]:
    """Makes each call of a coroutine function an entry."""

    def around(work: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Coroutine[Any, Any, R]]:
        @functools.wraps(work)
        async def within(*args: P.args, **named: P.kwargs) -> R:
            with entry(name):
                return await work(*args, **named)

        return within

    return around
