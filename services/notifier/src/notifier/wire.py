"""Looks over Apprise's shoulder: what of a push went out on the wire, what the peer answered, and the push's id on its way.

Its plug-ins call the modules requests and smtplib, so those are observed at their narrowest place, as tracing libraries do it, and
only while a push is under way in that thread. Knows no address and no plug-in's name but where an id belongs.
"""

import json
import re
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, SSLError

from common.retry_after import read_retry_after
from notifier.channels.answer_words import connection_words, mail_words, words_in
from notifier.exchange import Call, Exchange

ID_HEADER = "X-Idempotency-Key"
_MESSAGE_ID = re.compile(rb"^Message-ID:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", re.IGNORECASE | re.MULTILINE)
_MOST, _PART = 1024 * 1024, 64 * 1024  # bytes of an answer
_BEFORE = (NewConnectionError, ConnectTimeoutError, SSLError)  # NameResolutionError is a NewConnectionError
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


def _observe() -> None:
    """Once in a process."""
    if not hasattr(HTTPAdapter.send, "observed"):
        HTTPAdapter.send = _http(HTTPAdapter.send)  # type: ignore[method-assign]
        smtplib.SMTP.data = _smtp(smtplib.SMTP.data)  # type: ignore[method-assign]
        smtplib.SMTP.getreply = _reply(smtplib.SMTP.getreply)  # type: ignore[method-assign]
        smtplib.SMTP.connect = _connect(smtplib.SMTP.connect)  # type: ignore[method-assign]


def _http(send: Callable[..., requests.Response]) -> Any:
    def observed(adapter: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        exchange = _CURRENT.get()
        if exchange is None:
            return send(adapter, request, *args, **options)
        host = _host_of(request.url or "")
        call = exchange.begin(f"{request.method} {(request.url or '').partition('?')[0]}", host)
        _identify(request, exchange)
        try:
            answer = send(adapter, request, *args, **options)
            if not options.get("stream"):
                _read(answer)  # here, or a cut within the answer would look like a peer that said yes and meant no
                call.words = words_in(answer.content)
        except requests.RequestException as exc:
            call.is_out, call.problem = _is_out(exc), _words_of(exc, host)
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
        call, raw = (
            exchange.begin("DATA", _mail_host(session)),
            msg if isinstance(msg, bytes) else str(msg).encode("ascii", "surrogateescape"),
        )
        try:
            code, words = data(session, _MESSAGE_ID.sub(f"Message-ID: <{exchange.push_id}@notifier>".encode(), raw, count=1))
        except smtplib.SMTPResponseException as exc:
            call.is_out, call.problem = False, _mail_problem(session, exc.smtp_code, exc.smtp_error)
            raise
        except OSError as exc:
            call.problem = f"no answer to the message: {type(exc).__name__}"
            raise
        call.is_out, call.problem, call.is_refused = False, _mail_problem(session, code, words), 500 <= code < 600
        call.status = 200 if code == 250 else None
        return code, words

    return observed


def _reply(getreply: Callable[..., tuple[int, bytes]]) -> Any:
    """What a mail server says before there is a message: that it knows no such password, or no such recipient."""

    def observed(session: smtplib.SMTP) -> tuple[int, bytes]:
        code, words = getreply(session)
        exchange = _CURRENT.get()
        if exchange is not None and code >= 400:
            exchange.early = Call("SMTP", host=_mail_host(session), problem=_mail_problem(session, code, words))
        return code, words

    return observed


def _connect(connect: Callable[..., tuple[int, bytes]]) -> Any:
    def observed(session: smtplib.SMTP, host: str = "localhost", port: int = 0, *args: Any, **options: Any) -> tuple[int, bytes]:
        exchange = _CURRENT.get()
        try:
            return connect(session, host, port, *args, **options)
        except OSError as exc:
            if exchange is not None:
                place = f"{host}:{port}" if port else host
                exchange.early = Call("SMTP", host=place, problem=connection_words(place, exc))
            raise

    return observed


def _mail_problem(session: smtplib.SMTP, code: int, words: bytes | str) -> str:
    return f"{code} from {_mail_host(session)}: {mail_words(words) or 'it says no more'}"


def _mail_host(session: smtplib.SMTP) -> str:
    return str(getattr(session, "_host", "") or "the mail server")


def _host_of(url: str) -> str:
    """Host and port, without a user's name."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _read(answer: requests.Response) -> None:
    """The answer's body, of which no more is kept than any honest one has."""
    body = bytearray()
    for part in answer.iter_content(_PART):
        body += part
        if len(body) > _MOST:
            answer.close()
            break
    answer._content, answer._content_consumed = bytes(body), True


def _is_out(error: requests.RequestException) -> bool:
    """Whether the request may have reached the peer: not where no connection came about."""
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError):
        return False
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return not isinstance(reason, _BEFORE)


def _words_of(error: requests.RequestException, host: str) -> str:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no connection to {host} in time"
    if isinstance(error, requests.Timeout):
        return f"no answer from {host} in time after it was sent"
    return f"{host} cut the connection after it was sent" if _is_out(error) else connection_words(host, error)


def _identify(request: requests.PreparedRequest, exchange: Exchange) -> None:
    """Put the id where a receiver can use it: a header for webhooks, ntfy's sequence id, Discord's nonce."""
    push_id = exchange.push_id
    request.headers[ID_HEADER] = push_id
    request.headers["X-Sequence-ID"] = push_id.replace("-", "")
    if "X-Click" in request.headers and exchange.link:
        request.headers["X-Click"] = exchange.link  # Apprise escapes it once more than it should
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
