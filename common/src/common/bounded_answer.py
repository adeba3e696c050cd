"""Keeps what a peer answers within a size: a peer may be broken or hostile, and an answer without end must not fill the memory.

Takes parts of bytes as any client gives them: `response.aiter_bytes()` with httpx2, `response.content.iter_chunked(n)` with
aiohttp. Who unpacks, or watches a clock between parts, fills a BoundedBody. BoundedTransport is for client libraries that read an
answer whole. Knows no deadline.
"""

from collections.abc import AsyncIterable, AsyncIterator

import httpx2

from common.errors import AnswerTooLargeError

MAX_ANSWER = 1024 * 1024  # bytes


class BoundedBody:
    """Bytes that come in parts, `most` of them."""

    def __init__(self, most: int) -> None:
        self.most, self._body = most, bytearray()

    @property
    def room(self) -> int:
        """Bytes that may still come. Who unpacks gives the unpacker one more as its bound: so a bomb shows before it goes off."""
        return self.most - len(self._body)

    def add(self, part: bytes) -> None:
        """Take a part. AnswerTooLargeError where there is no room for it."""
        if len(part) > self.room:
            raise AnswerTooLargeError(self.most)
        self._body += part

    def content(self) -> bytes:
        """What came."""
        return bytes(self._body)


async def read_bounded(parts: AsyncIterable[bytes], most: int) -> bytes:
    """All parts together. AnswerTooLargeError past `most` bytes; the caller closes what they come from."""
    body = BoundedBody(most)
    async for part in parts:
        body.add(part)
    return body.content()


class _BoundedStream(httpx2.AsyncByteStream):
    """Gives up past `most` bytes."""

    def __init__(self, stream: httpx2.AsyncByteStream, most: int) -> None:
        self.stream, self.most = stream, most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self.stream:
            size += len(part)
            if size > self.most:
                raise httpx2.ReadError(f"more than {self.most} bytes")
            yield part

    async def aclose(self) -> None:
        """Close the connection's stream."""
        await self.stream.aclose()


class BoundedTransport(httpx2.AsyncHTTPTransport):
    """Sends requests and bounds the streams of their answers to `most` bytes, past which reading is an httpx2.ReadError.

    Compression is neither asked for nor accepted: a bound on what arrives would say nothing of what it unpacks to.
    """

    def __init__(self, most: int = MAX_ANSWER) -> None:
        super().__init__()
        self.most = most

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send and bound the answer's stream."""
        request.headers["Accept-Encoding"] = "identity"
        response = await super().handle_async_request(request)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            raise httpx2.ReadError("a compressed answer, which was not asked for")
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _BoundedStream(response.stream, self.most)
        return response
