"""What the services tell of themselves reaches the pages that are open, whatever one of them does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from common.activity.entry import Entry
from common.activity.reading import ServerEvent
from common.client import ServiceClient
from common.errors import DeadlineExceededError, UnavailableError
from common.retry import Backoff
from dashboard.live.follower import Follower
from dashboard.live.hub import Hub

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
AT_ONCE = Backoff(0.01, 0.01, jitter=0.0)


def told(number: int, topics: Sequence[str] = ("deals",), at: datetime = NOW) -> ServerEvent:
    entry = Entry(
        id=f"0123abcd-{number}", at=at, service="scanner", agent="scanner", level="info", event="x", text="t", topics=tuple(topics)
    )
    return ServerEvent("activity", entry.model_dump_json(), entry.id)


class Teller:
    """Plays one list of events for each connection, then an error, or silence."""

    def __init__(self, *plays: Sequence[ServerEvent | Exception]) -> None:
        self.plays, self.asked, self.open = list(plays), list[str](), 0

    @asynccontextmanager
    async def events(self, path: str, silence: float, last: str = "") -> AsyncIterator[AsyncIterator[ServerEvent]]:
        self.asked.append(last)
        self.open += 1
        try:
            yield self._play(self.plays.pop(0) if self.plays else [])
        finally:
            self.open -= 1

    async def _play(self, events: Sequence[ServerEvent | Exception]) -> AsyncIterator[ServerEvent]:
        for each in events:
            if isinstance(each, Exception):
                raise each
            yield each
        await asyncio.sleep(60)


async def heard_by_a_page(teller: Teller, most: int) -> list[str]:
    hub = Hub()
    follower = Follower({"scanner": teller}, hub, AT_ONCE, lambda: NOW)
    follower.start()
    heard = list[str]()
    with hub.listening() as topics:
        async with asyncio.timeout(5):
            while len(heard) < most:
                heard.append(await anext(topics))
    async with asyncio.timeout(5):
        while teller.open:  # noqa: ASYNC110 (a fake has no event)
            await asyncio.sleep(0.01)
    await follower.stop()
    return heard


def test_a_page_hears_each_topic_once_however_often_it_is_told() -> None:
    teller = Teller([told(number, ("deals", "scans", "of another version")) for number in range(300)])
    assert asyncio.run(heard_by_a_page(teller, 2)) == ["deals", "scans"]


def test_a_service_that_ends_the_stream_is_asked_for_what_came_meanwhile() -> None:
    teller = Teller([told(1), UnavailableError("gone")], [DeadlineExceededError("silent")], [told(2, ("feeds",))])
    assert asyncio.run(heard_by_a_page(teller, 2)) == ["deals", "feeds"]
    assert teller.asked == ["00000000-0", "0123abcd-1", "0123abcd-1"]


def test_what_was_done_long_before_is_kept_and_is_no_news() -> None:
    teller = Teller([told(1, ("rules",), NOW - timedelta(minutes=5)), ServerEvent("activity", "{", "0123abcd-2"), told(3)])
    assert asyncio.run(heard_by_a_page(teller, 1)) == ["deals"]


def test_nobody_is_asked_while_nobody_looks() -> None:
    async def play() -> None:
        teller = Teller()
        follower = Follower({"scanner": teller}, Hub(), AT_ONCE, lambda: NOW)
        follower.start()
        await asyncio.sleep(0.05)
        assert teller.asked == []
        await follower.stop()

    asyncio.run(play())


async def _floods() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 10_000


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda: httpx2.Response(200, content=_floods()), UnavailableError),
        (lambda: httpx2.Response(401), UnavailableError),
    ],
)
def test_a_stream_that_is_none_is_given_up(answer: Callable[[], httpx2.Response], error: type[Exception]) -> None:
    async def play() -> None:
        client = ServiceClient("scanner", "http://scanner", transport=httpx2.MockTransport(lambda _: answer()))
        async with client.events("/activity/stream", 1) as events:
            async for _ in events:
                pass

    with pytest.raises(error):
        asyncio.run(asyncio.wait_for(play(), 5))


def test_a_service_that_falls_silent_is_given_up_after_a_while() -> None:
    async def play() -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: welcome\n\n")
            await reader.read()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        client = ServiceClient("scanner", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        try:
            async with server, client.events("/activity/stream", 0.2) as events:
                async for _ in events:
                    pass
        finally:
            await client.aclose()
            await asyncio.sleep(0.05)

    with pytest.raises(DeadlineExceededError):
        asyncio.run(asyncio.wait_for(play(), 5))
