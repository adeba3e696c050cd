"""Reads what an HTTP server answers, packed or not, within a size. Not loaded by the processes that parse: it knows HTTP."""

from collections.abc import AsyncIterator

from common.bounded_answer import read_bounded
from scanner.parsing.feed_entry import FeedError
from scanner.parsing.unpacking import MAX_BODY, Unpacker

ACCEPTED = "gzip, deflate"  # what can be unpacked with a bound
_FORMS = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}


def encodings_of(header: str) -> list[str]:
    """What a Content-Encoding names, in the order in which it was done. FeedError where something was not asked for."""
    named = [name for each in header.lower().split(",") if (name := each.strip()) not in ("", "identity", "none")]
    if any(name not in _FORMS for name in named):
        raise FeedError(f"encoded as {header[:40]}, which was not asked for")
    return [_FORMS[name] for name in named]


async def read_unpacked(parts: AsyncIterator[bytes], encoding: str | None, most: int = MAX_BODY) -> bytes:
    """A body that comes in parts, without an encoding where it has one. FeedError or AnswerTooLargeError past `most` bytes."""
    if encoding is None:
        return await read_bounded(parts, most)
    unpacker = Unpacker(encoding, most)
    async for part in parts:
        unpacker.add(part)
    return unpacker.content()


def is_too_large(length: str, most: int = MAX_BODY) -> bool:
    """Whether a Content-Length says so."""
    return length.isascii() and length.isdigit() and int(length[:20]) > most
