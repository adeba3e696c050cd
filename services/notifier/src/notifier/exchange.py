"""Looks over Apprise's shoulder: what of a push went out on the wire, what the peer answered, and the push's id on its way.

Apprise says yes or no and keeps the rest to itself: the status, Retry-After, and whether a connection failed before or after the
push was on it. Its plug-ins call the modules requests and smtplib, so those are observed at their narrowest place, as tracing
libraries do it, and only while a push is under way in that thread. Knows no address and no plug-in's name but where an id belongs.
"""

import json
import re
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, SSLError

from common.retry_after import read_retry_after

ID_HEADER = "X-Idempotency-Key"
_MESSAGE_ID = re.compile(rb"^Message-ID:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", re.IGNORECASE | re.MULTILINE)
_PASSED_ON = (504, 524)  # a gateway says that it handed the push on and heard nothing: silence, at second hand
_BEFORE = (NewConnectionError, ConnectTimeoutError, SSLError)  # NameResolutionError is a NewConnectionError


class GivenUpError(OSError):
    """The push's time is over: nothing more of it may go out."""


@dataclass
class Call:
    """One request. `status`: None where none came; `is_out`: some of it may have reached the peer; `is_refused`: as what it is."""

    place: str
    status: int | None = None
    retry_after: float | None = None
    is_out: bool = True
    is_refused: bool = False
    problem: str = ""


@dataclass
class Exchange:
    """What went on the wire for one push."""

    push_id: str
    calls: list[Call] = field(default_factory=list)
    is_given_up: bool = False

    @property
    def last(self) -> Call | None:
        """The call that decided; None where nothing was sent."""
        return self.calls[-1] if self.calls else None

    @property
    def may_have_arrived(self) -> bool:
        """Whether the peer may have the push although it did not say so, or a part of it.

        An earlier yes at the same place is that of another recipient at this address, or of the first half of a long push.
        """
        last = self.last
        if last is None:
            return False
        is_silent = last.is_out and (last.status is None or last.status in _PASSED_ON)
        return is_silent or any(call.place == last.place and _is_yes(call.status) for call in self.calls[:-1])

    def begin(self, place: str) -> Call:
        """A call goes out."""
        if self.is_given_up:
            raise GivenUpError("its time is over")
        self.calls.append(Call(place))
        return self.calls[-1]


_CURRENT: ContextVar[Exchange | None] = ContextVar("push", default=None)


@contextmanager
def watching(exchange: Exchange) -> Iterator[None]:
    """What this thread sends belongs to `exchange`."""
    _observe()
    token = _CURRENT.set(exchange)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def explain(call: Call) -> str:
    """A call's end in words that hold nothing of the address."""
    if call.status is None:
        return call.problem or "no answer"
    try:
        words = f"HTTP {call.status} {HTTPStatus(call.status).phrase}" if call.status >= 100 else str(call.status)
    except ValueError:
        words = f"HTTP {call.status}"
    asked = f", asks to wait {call.retry_after:g} s" if call.retry_after else ""
    return f"{words}{asked}{': ' + call.problem if call.problem else ''}"


def _is_yes(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def _observe() -> None:
    """Once in a process."""
    if not hasattr(HTTPAdapter.send, "observed"):
        HTTPAdapter.send = _http(HTTPAdapter.send)  # type: ignore[method-assign]
        smtplib.SMTP.data = _smtp(smtplib.SMTP.data)  # type: ignore[method-assign]


def _http(send: Callable[..., requests.Response]) -> Any:
    def observed(adapter: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        exchange = _CURRENT.get()
        if exchange is None:
            return send(adapter, request, *args, **options)
        call = exchange.begin(f"{request.method} {(request.url or '').partition('?')[0]}")
        _identify(request, exchange.push_id)
        try:
            answer = send(adapter, request, *args, **options)
            if not options.get("stream"):
                _ = answer.content  # read here, or a cut within the answer would look like a peer that said yes and meant no
        except requests.RequestException as exc:
            call.is_out, call.problem = _is_out(exc), _words_of(exc)
            raise
        call.status, call.retry_after = answer.status_code, read_retry_after(answer.headers.get("Retry-After"))
        return answer

    observed.observed = True  # type: ignore[attr-defined]
    return observed


def _smtp(data: Callable[..., tuple[int, bytes]]) -> Any:
    def observed(session: smtplib.SMTP, msg: Any) -> tuple[int, bytes]:
        exchange = _CURRENT.get()
        if exchange is None:
            return data(session, msg)
        call, raw = exchange.begin("DATA"), msg if isinstance(msg, bytes) else str(msg).encode("ascii", "surrogateescape")
        try:
            code, words = data(session, _MESSAGE_ID.sub(f"Message-ID: <{exchange.push_id}@notifier>".encode(), raw, count=1))
        except smtplib.SMTPResponseException as exc:
            call.is_out, call.problem = False, f"SMTP {exc.smtp_code}"
            raise
        except OSError as exc:
            call.problem = f"no answer to the message: {type(exc).__name__}"
            raise
        call.is_out, call.problem, call.is_refused = False, f"SMTP {code}", 500 <= code < 600
        call.status = 200 if code == 250 else None
        return code, words

    return observed


def _is_out(error: requests.RequestException) -> bool:
    """Whether the request may have reached the peer: not where no connection came about."""
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError):
        return False
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return not isinstance(reason, _BEFORE)


def _words_of(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.Timeout):
        return "no answer in time after it was sent"
    return "the connection was cut after it was sent" if _is_out(error) else f"no connection ({_kind_of(error)})"


def _kind_of(error: requests.RequestException) -> str:
    cause = error.args[0] if error.args else error
    return type(cause.reason if isinstance(cause, MaxRetryError) else cause).__name__


def _identify(request: requests.PreparedRequest, push_id: str) -> None:
    """Put the id where a receiver can use it: a header for webhooks, ntfy's sequence id, Discord's nonce."""
    request.headers[ID_HEADER] = push_id
    request.headers["X-Sequence-ID"] = push_id.replace("-", "")
    host = (urlsplit(request.url or "").hostname or "").lower()
    if host in ("discord.com", "discordapp.com") and isinstance(request.body, str | bytes):
        _add_nonce(request, push_id)


def _add_nonce(request: requests.PreparedRequest, push_id: str) -> None:
    try:
        body = json.loads(request.body or b"")  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return  # a form with an attachment
    if isinstance(body, dict):
        # 25 characters are the longest that Discord takes.
        request.prepare_body(None, None, body | {"nonce": push_id.replace("-", "")[:25], "enforce_nonce": True})
