"""A body is cut into lines however it comes; a line that is too long costs itself alone; a busy pricer is asked again."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message

from common.errors import InvalidInputError, OverloadedError, PricingAgentError, UnavailableError
from common.pricing import PriceRequest, PriceResponse
from common.pricing_api.ndjson import RETRIES, Lines, PriceStream


def fed(lines: Lines, *pieces: bytes) -> list[bytes | None]:
    found = [line for piece in pieces for line in lines.feed(piece)]
    return found + lines.close()


def test_lines_come_out_whole_whatever_the_pieces() -> None:
    assert fed(Lines(100), b'{"a"', b": 1}\n\n", b"  \r\n[2]", b"\n3") == [b'{"a": 1}', b"[2]", b"3"]


def test_a_line_that_is_too_long_is_skipped_to_its_end() -> None:
    assert fed(Lines(4), b"abc\nabcde\nx" + b"y" * 50, b"z\nend\n") == [b"abc", None, None, b"end"]


def test_a_long_line_never_lies_in_memory_as_a_whole() -> None:
    lines = Lines(1000)
    for _ in range(1000):
        lines.feed(b"x" * 900)
    assert len(lines._part) <= 1900
    assert lines.feed(b"\n") == [None]


@given(
    st.lists(st.binary(max_size=20).map(lambda b: b.replace(b"\n", b"")), max_size=20), st.lists(st.integers(1, 30), max_size=40)
)
def test_the_pieces_do_not_matter(rows: list[bytes], cuts: list[int]) -> None:
    body, pieces = b"\n".join(rows), list[bytes]()
    for cut in cuts:
        pieces.append(body[:cut])
        body = body[cut:]
    assert fed(Lines(100), *pieces, body) == [row for row in rows if row.strip()]


class BusyPricer:
    """Fails so many times, then prices. Asks for no long pause."""

    def __init__(self, error: type[PricingAgentError], times: int) -> None:
        self.error, self.left, self.calls = error, times, 0

    async def price(self, requests: Sequence[PriceRequest]) -> list[PriceResponse]:
        self.calls += 1
        if self.left:
            self.left -= 1
            error = self.error("not now")
            error.retry_after = 0.001
            raise error
        return [PriceResponse(price=20, low=15, high=30, model="m@1") for _ in requests]


def answered(pricer: BusyPricer) -> dict[str, Any]:
    """The line that answers a stream of one line."""

    async def run() -> bytes:
        bodies = [b'{"description": "a lamp"}']
        sent = bytearray()

        async def receive() -> Message:
            if bodies:
                return {"type": "http.request", "body": bodies.pop(), "more_body": False}
            await asyncio.sleep(3600)
            raise AssertionError

        async def send(message: Message) -> None:
            sent.extend(message.get("body", b""))

        async def charge(_: int) -> None:
            pass

        await PriceStream(pricer.price, charge)({"type": "http"}, receive, send)
        return bytes(sent)

    found: dict[str, Any] = json.loads(asyncio.run(run()))
    return found


@pytest.mark.parametrize("error", [OverloadedError, UnavailableError])
def test_a_stream_outlasts_a_busy_moment(error: type[PricingAgentError]) -> None:
    pricer = BusyPricer(error, RETRIES)
    assert answered(pricer)["price"] == 20
    assert pricer.calls == RETRIES + 1


def test_after_the_last_try_the_error_stands_in_the_line() -> None:
    pricer = BusyPricer(OverloadedError, 99)
    assert answered(pricer)["error"]["status"] == 429
    assert pricer.calls == RETRIES + 1


def test_what_would_fail_again_is_not_tried_again() -> None:
    pricer = BusyPricer(InvalidInputError, 99)
    assert answered(pricer)["error"]["status"] == 422
    assert pricer.calls == 1
