"""The stream that tells open pages what has changed."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from fastapi.testclient import TestClient

from common.activity.ring import Ring
from common.errors import OverloadedError
from common.http.event_stream import event, event_stream
from dashboard.app import create_app
from dashboard.live import hub as hub_module
from dashboard.live.hub import MOST, Hub


def test_every_open_page_hears_what_changed_and_a_closed_one_is_forgotten() -> None:
    async def play() -> None:
        hub = Hub()
        one, two = hub.topics(), hub.topics()
        waiting = [asyncio.ensure_future(anext(each)) for each in (one, two)]
        await asyncio.sleep(0)
        assert hub.is_watched.is_set()
        hub.tell("feeds")
        assert await asyncio.gather(*waiting) == ["feeds", "feeds"]
        await one.aclose()
        assert hub.is_watched.is_set()
        await two.aclose()
        assert not hub.is_watched.is_set()

    asyncio.run(play())


def test_a_page_that_is_far_behind_fetches_all_of_itself() -> None:
    async def play() -> None:
        hub = Hub()
        topics = hub.topics()
        first = asyncio.ensure_future(anext(topics))
        await asyncio.sleep(0)
        hub.tell("feeds")
        await first
        for number in range(1000):
            hub.tell(f"topic {number}")
        heard = [await asyncio.wait_for(anext(topics), 1)]
        while heard[-1] != "topic 999":
            heard.append(await asyncio.wait_for(anext(topics), 1))
        assert "all" in heard
        assert len(heard) <= hub_module._WAITING

    asyncio.run(play())


def test_a_page_that_is_far_behind_has_no_other_fetch_all_of_itself() -> None:
    async def play() -> None:
        hub = Hub()
        slow = [hub.topics() for _ in range(8)]
        quick = [hub.topics() for _ in range(8)]  # a set has no order: some of them come after a slow one
        first = [asyncio.ensure_future(anext(each)) for each in (*slow, *quick)]
        await asyncio.sleep(0)
        for number in range(1000):
            waiting = first[8:] if number == 0 else [asyncio.ensure_future(anext(each)) for each in quick]
            await asyncio.sleep(0)
            hub.tell(f"topic {number}")
            assert set(await asyncio.gather(*waiting)) == {f"topic {number}"}
        for each in (*slow, *quick):
            await each.aclose()

    asyncio.run(play())


def test_too_many_open_pages_are_refused() -> None:
    async def play() -> None:
        hub = Hub()
        waiting = [asyncio.ensure_future(anext(hub.topics())) for _ in range(MOST)]
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await anext(hub.topics())
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(play())


def test_where_too_many_are_open_a_stream_is_refused_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that began with 200 and broke off would tell a browser nothing."""
    monkeypatch.setattr(hub_module, "MOST", 0)
    monkeypatch.setattr(Ring, "is_full_of_listeners", True)
    with TestClient(create_app()) as client:
        for path in ("/live", "/activity/stream"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["retry-after"].isdigit()) == (429, True)
            assert answer.headers["content-type"] != "text/event-stream"


def test_the_stream_shows_that_it_lives_while_there_is_no_news_and_ends_its_source() -> None:
    ended = []

    async def source() -> AsyncGenerator[str]:
        try:
            await asyncio.sleep(0.05)
            yield event("changed", "feeds")
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def play() -> None:
        body = event_stream(source(), lambda: False, alive=0.02).body_iterator
        heard = [str(await anext(body)) for _ in range(4)]
        assert heard[0].startswith(":")
        assert ": alive\n\n" in heard
        assert "event: changed\ndata: feeds\n\n" in heard
        await body.aclose()
        assert ended == [True]

    asyncio.run(play())


def test_a_stream_ends_when_the_server_is_to_stop() -> None:
    async def silent() -> AsyncGenerator[str]:
        await asyncio.sleep(60)
        yield ""

    async def play() -> None:
        heard = [str(each) async for each in event_stream(silent(), lambda: True).body_iterator]
        assert heard == [": welcome\n\n"]

    asyncio.run(asyncio.wait_for(play(), 5))
