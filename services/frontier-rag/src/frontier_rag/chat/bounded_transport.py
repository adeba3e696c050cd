"""HTTP whose answers have a bounded size, for client libraries that read them whole.

Compression is neither asked for nor accepted: a bound on what arrives would say nothing of what it unpacks to.
"""

from collections.abc import AsyncIterator

import httpx2

MAX_ANSWER = 1024 * 1024  # bytes


class _BoundedStream(httpx2.AsyncByteStream):
    """Gives up past MAX_ANSWER bytes."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self.stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self.stream:
            size += len(part)
            if size > MAX_ANSWER:
                raise httpx2.ReadError(f"more than {MAX_ANSWER} bytes")
            yield part

    async def aclose(self) -> None:
        """Close the connection's stream."""
        await self.stream.aclose()


class BoundedTransport(httpx2.AsyncHTTPTransport):
    """Sends requests and bounds the streams of their answers."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send and bound the answer's stream."""
        request.headers["Accept-Encoding"] = "identity"
        response = await super().handle_async_request(request)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            raise httpx2.ReadError("a compressed answer, which was not asked for")
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _BoundedStream(response.stream)
        return response
