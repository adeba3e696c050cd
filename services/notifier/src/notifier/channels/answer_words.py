"""What a peer says in its answer, in a few words: the message in the JSON of the usual push services, else the text's first line.

Pure. A peer is a stranger: its words are bounded, and plain text.
"""

import json
import re
import socket
import ssl

from notifier.message import plain

_READ = 8192  # bytes of an answer that are looked at
_LENGTH = 1000  # characters: more than is told, since secrets are taken out of it before it is cut
# Where services put it, the most telling first: Pushover, ntfy, Telegram, Discord, Gotify, and what many call it.
_KEYS = ("errors", "errorDescription", "description", "error_description", "detail", "message", "error", "reason", "title", "msg")
_TAGS = re.compile(r"<(?:style|script|head)\b.*?</(?:style|script|head)>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_CODES = re.compile(rb"\r?\n?\d{3}[ -]")


def words_in(body: bytes) -> str:
    """Its words; nothing where it says nothing that a person reads."""
    text = body[:_READ].decode("utf-8", "replace")
    try:
        found = _message(json.loads(text), 3)
    except (ValueError, RecursionError):
        found = next((line for line in _TAGS.sub("\n", text).splitlines() if line.strip()), "") if _is_text(text) else ""
    return plain(found, _LENGTH).rstrip(".")


def mail_words(said: bytes | str) -> str:
    """An SMTP server's words."""
    raw = said if isinstance(said, bytes) else said.encode("utf-8", "replace")
    return plain(_CODES.sub(b" ", raw[:_READ]).decode("utf-8", "replace"), _LENGTH).rstrip(".")


def connection_words(host: str, cause: BaseException | None) -> str:
    """Why there is no connection to `host`."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    for error in _causes(cause):
        if isinstance(error, socket.gaierror):
            return f"the name {name} cannot be resolved"
        if isinstance(error, ssl.SSLError):
            return f"no TLS with {host}: {_tls_words(error)}"
        if isinstance(error, ConnectionRefusedError):
            return f"{host} refused the connection"
        if isinstance(error, TimeoutError):
            return f"no connection to {host} in time"
        if isinstance(error, OSError) and error.strerror:
            return f"no connection to {host}: {plain(error.strerror, _LENGTH).lower()}"
    return f"no connection to {host}"


def _tls_words(error: ssl.SSLError) -> str:
    trust = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else ""
    reason = getattr(error, "reason", "") or "it failed"
    return plain(trust or reason.replace("_", " ").lower(), _LENGTH)


def _causes(error: BaseException | None) -> list[BaseException]:
    """An error and all that it hides, the innermost first: libraries wrap what the system said."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is None or any(each is known for known in found) or len(found) > 20:
            continue
        found.append(each)
        grouped = each.exceptions if isinstance(each, BaseExceptionGroup) else ()
        inner = [getattr(each, "reason", None), each.__cause__, each.__context__, *each.args, *grouped]
        waiting += [other for other in inner if isinstance(other, BaseException)]
    return found[::-1]


def _message(found: object, depth: int) -> str:
    if isinstance(found, str):
        return found
    if isinstance(found, list) and depth:
        return "; ".join(words for each in found[:3] if (words := _message(each, depth - 1)))
    if isinstance(found, dict) and depth:
        return next((words for key in _KEYS if (words := _message(found.get(key), depth - 1))), "")
    return ""


def _is_text(text: str) -> bool:
    return "\x00" not in text and text.count("\ufffd") < 4
