"""Streams of any length: POST /price/stream takes JSON Lines and answers JSON Lines, in order, while the body still comes.

A line {"index": 7, "price": ...} or {"index": 7, "error": {...}} answers the eighth line that is not blank. Memory is bounded by
WINDOW chunks: while they are under way nothing is read, and TCP makes the sender wait. A line that cannot be used is an error
line and not the end. When the caller leaves, what was begun is cancelled. A stream has no deadline, so what the pricer waited for
within a chunk's (as the ensemble does for its pricers) is waited for once more here, chunk by chunk.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from common.errors import InvalidInputError, OverloadedError, PricingAgentError, UnavailableError
from common.pricing import ItemError, PricedItem, PriceRequest
from common.problem import field_errors, problem, problem_of
from common.retry import Backoff, Retry

MEDIA_TYPE = "application/x-ndjson"
MEDIA_TYPES = frozenset({MEDIA_TYPE, "application/ndjson", "application/jsonl", "application/jsonlines"})
CHUNK = 50  # lines that are priced together
WINDOW = 4  # chunks under way at once
MAX_LINE = 256 * 1024  # bytes; as the body of POST /price
IDLE = 60.0  # seconds without a byte from, or to, the caller, after which the stream ends
RETRIES = 5  # of a chunk that the pricer is too busy for
LONGEST_PAUSE = 10.0  # seconds between them, whatever the pricer asks for

PriceItems = Callable[[Sequence[PriceRequest]], Awaitable[Sequence[PricedItem]]]
Charge = Callable[[int], Awaitable[None]]


def _asked_pause(error: Exception) -> float | None:
    return min(error.retry_after or 1.0, LONGEST_PAUSE) if isinstance(error, (OverloadedError, UnavailableError)) else None


_WHILE_BUSY = Retry(_asked_pause, 1 + RETRIES, Backoff(first=0.0))


@dataclass(frozen=True)
class StreamLimits:
    """How a stream is cut and how long it waits, in seconds."""

    chunk: int = CHUNK
    window: int = WINDOW
    max_line: int = MAX_LINE
    idle: float = IDLE


class LeftError(Exception):
    """The caller hung up."""


class Lines:
    """Cuts a body into lines as it comes; a line that is too long comes out as None, and never lies in memory as a whole."""

    def __init__(self, max_line: int) -> None:
        self._max, self._part, self._is_skipping = max_line, bytearray(), False

    def feed(self, data: bytes) -> list[bytes | None]:
        """The lines that `data` completes, without blank ones."""
        *whole, rest = data.split(b"\n")
        found = [line for piece in whole for line in self._end(piece)]
        self._add(rest)
        return found

    def close(self) -> list[bytes | None]:
        """The last line, where it has no end."""
        return self._end(b"")

    def _add(self, piece: bytes) -> None:
        if not self._is_skipping:
            self._part += piece
            if len(self._part) > self._max:
                self._part, self._is_skipping = bytearray(), True

    def _end(self, piece: bytes) -> list[bytes | None]:
        self._add(piece)
        line, was_long = bytes(self._part), self._is_skipping
        self._part, self._is_skipping = bytearray(), False
        if was_long:
            return [None]
        return [line] if line.strip() else []


class PriceStream(Response):
    """An ASGI response that reads the request's body itself. `charge` is told how many items a chunk has, and may wait."""

    def __init__(self, price: PriceItems, charge: Charge, limits: StreamLimits | None = None) -> None:
        super().__init__(media_type=MEDIA_TYPE)
        self._price, self._charge, self._limits = price, charge, limits or StreamLimits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        window: asyncio.Queue[asyncio.Task[bytes] | None] = asyncio.Queue(self._limits.window - 1)
        reader = asyncio.create_task(self._read(receive, window))
        writer = asyncio.create_task(self._write(send, window))
        try:
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_EXCEPTION)
            for task in (writer, reader):
                if task.done() and not task.cancelled() and (error := task.exception()):
                    raise error
        except (LeftError, TimeoutError):
            return  # nobody listens; the server closes the connection
        finally:
            await _cancel(reader, writer, window)

    async def _read(self, receive: Receive, window: "asyncio.Queue[asyncio.Task[bytes] | None]") -> None:
        index = 0
        async for lines in self._chunks(receive):
            if isinstance(lines, PricingAgentError):
                await window.put(asyncio.create_task(_error_line(index, lines)))
                break
            await window.put(asyncio.create_task(self._answer(index, lines)))
            index += len(lines)
        await window.put(None)
        while (await receive())["type"] != "http.disconnect":
            pass
        raise LeftError

    async def _chunks(self, receive: Receive) -> AsyncIterator[list[bytes | None] | PricingAgentError]:
        lines, size = Lines(self._limits.max_line), self._limits.chunk
        while True:
            try:
                message: Message = await asyncio.wait_for(receive(), self._limits.idle)
            except TimeoutError:
                yield InvalidInputError(f"nothing came for {self._limits.idle:.0f} s: the stream ends here")
                return
            if message["type"] == "http.disconnect":
                raise LeftError
            found = lines.feed(message.get("body", b""))
            is_last = not message.get("more_body", False)
            found += lines.close() if is_last else []
            for start in range(0, len(found), size):
                yield found[start : start + size]
            if is_last:
                return

    async def _write(self, send: Send, window: "asyncio.Queue[asyncio.Task[bytes] | None]") -> None:
        while (task := await window.get()) is not None:
            try:
                content = await task
            finally:
                task.cancel()
            # A caller who sends and does not read would keep us for ever.
            await asyncio.wait_for(send({"type": "http.response.body", "body": content, "more_body": True}), self._limits.idle)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        raise LeftError  # done: the reader need not wait for the end of the connection

    async def _answer(self, first: int, lines: Sequence[bytes | None]) -> bytes:
        parsed = [self._parse(line) for line in lines]
        valid = [item for item in parsed if isinstance(item, PriceRequest)]
        await self._charge(len(lines))
        priced = iter(await self._priced(valid) if valid else [])
        results: list[PricedItem] = [next(priced) if isinstance(item, PriceRequest) else item for item in parsed]
        return b"".join(line_of(first + number, result) for number, result in enumerate(results))

    async def _priced(self, valid: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        """A stream outlasts busy moments: a chunk is tried again when the pricer said so. What stays wrong is each item's error."""
        try:
            return await _WHILE_BUSY.acall(lambda: self._price(valid))
        except PricingAgentError as exc:
            return [ItemError(error=problem_of(exc))] * len(valid)

    def _parse(self, line: bytes | None) -> PriceRequest | ItemError:
        if line is None:
            return ItemError(error=problem(413, f"the line is longer than {self._limits.max_line} bytes"))
        try:
            return PriceRequest.model_validate_json(line)
        except ValidationError as exc:
            found = exc.errors(include_input=False, include_url=False)
        if found[0]["type"] == "json_invalid":
            return ItemError(error=problem(422, "the line is not JSON"))
        fields = field_errors(found)
        return ItemError(error=problem(422, "; ".join(f"{each.field}: {each.message}" for each in fields), fields))


def line_of(index: int, result: BaseModel) -> bytes:
    """One line of the answer."""
    content = result.model_dump_json(exclude_none=isinstance(result, ItemError))
    return f'{{"index":{index},{content[1:]}\n'.encode()


async def _error_line(index: int, error: PricingAgentError) -> bytes:
    return line_of(index, ItemError(error=problem_of(error)))


async def _cancel(
    reader: "asyncio.Task[None]", writer: "asyncio.Task[None]", window: "asyncio.Queue[asyncio.Task[bytes] | None]"
) -> None:
    reader.cancel()
    writer.cancel()
    await asyncio.gather(reader, writer, return_exceptions=True)
    while not window.empty():
        if task := window.get_nowait():
            task.cancel()
