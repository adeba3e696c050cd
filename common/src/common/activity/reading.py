"""Reads server-sent events off the bytes of an answer, as the HTML standard has them (section 9.2), each within a size."""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass

from common.errors import AnswerTooLargeError

LONGEST_LINE = 64 * 1024  # bytes, and of an event's data


@dataclass(frozen=True)
class ServerEvent:
    """One event. `id`: the last that was told until then."""

    name: str
    data: str
    id: str


async def read_events(parts: AsyncIterable[bytes], most: int = LONGEST_LINE) -> AsyncIterator[ServerEvent]:
    """The events, as they come; comments are passed over. AnswerTooLargeError for one of more than `most` bytes."""
    name, data, last, size = "", list[str](), "", 0
    async for line in _lines(parts, most):
        size += len(line)
        if size > most:
            raise AnswerTooLargeError(most)
        if not line:
            if data:
                yield ServerEvent(name or "message", "\n".join(data), last)
            name, data, size = "", [], 0
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif field == "id" and "\0" not in value:
            last = value


async def _lines(parts: AsyncIterable[bytes], most: int) -> AsyncIterator[str]:
    """Lines without their ends. A rest that no line ends is no event."""
    rest = b""
    async for part in parts:
        *lines, rest = (rest + part).replace(b"\r\n", b"\n").split(b"\n")
        if len(rest) > most:
            raise AnswerTooLargeError(most)
        for line in lines:
            yield line.decode(errors="replace")
