"""An answer is read to its end or to its bound, whatever it comes from and whatever it unpacks to."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import httpx2
import pytest

from common.bounded_answer import BoundedBody, BoundedTransport, read_bounded
from common.errors import AnswerTooLargeError


class Parts:
    """An answer of so many parts of ten bytes; `read` of them were asked for."""

    def __init__(self, count: int) -> None:
        self.count, self.read = count, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.count):
            self.read += 1
            yield b"x" * 10


@pytest.mark.parametrize("count", [0, 1, 10])
def test_an_answer_within_its_bound_is_read_whole(count: int) -> None:
    assert asyncio.run(read_bounded(Parts(count), 100)) == b"x" * 10 * count


def test_reading_ends_with_the_part_that_passes_the_bound() -> None:
    parts = Parts(1_000_000)
    with pytest.raises(AnswerTooLargeError, match="sent more than 95 bytes"):
        asyncio.run(read_bounded(parts, 95))
    assert parts.read == 10


def test_a_body_knows_its_room_so_that_an_unpacker_can_keep_to_it() -> None:
    body, unpacker, packed = BoundedBody(1000), zlib.decompressobj(wbits=47), gzip.compress(b" " * 50_000_000)
    body.add(b"x" * 10)
    assert body.room == 990
    with pytest.raises(AnswerTooLargeError):
        body.add(unpacker.decompress(packed, body.room + 1))
    assert body.content() == b"x" * 10


def fetched(body: bytes, headers: str = "", most: int = 1000) -> bytes:
    """What a client over the transport reads from a server on loopback that answers so, whatever it is asked."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"accept-encoding: identity" in head.lower()
        writer.write(f"HTTP/1.1 200 OK\r\nConnection: close\r\n{headers}\r\n".encode() + body)
        writer.close()

    async def run() -> bytes:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        url = "http://127.0.0.1:{1}".format(*server.sockets[0].getsockname())
        async with server, httpx2.AsyncClient(transport=BoundedTransport(most), timeout=20) as client:
            return (await client.get(url)).content

    return asyncio.run(run())


def test_the_transport_gives_answers_within_the_bound() -> None:
    assert fetched(b"x" * 1000) == b"x" * 1000


def test_the_transport_ends_an_answer_past_the_bound() -> None:
    with pytest.raises(httpx2.ReadError, match="more than 1000 bytes"):
        fetched(b"x" * 1001)


def test_the_transport_takes_no_compressed_answer() -> None:
    with pytest.raises(httpx2.ReadError, match="not asked for"):
        fetched(gzip.compress(b" " * 1000), "Content-Encoding: gzip\r\n")
