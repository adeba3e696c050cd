"""The stream that tells open pages what has changed."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi.testclient import TestClient

from common.activity.ring import Ring
from common.errors import OverloadedError
from common.http.event_stream import WELCOME, event, event_stream
from dashboard.app import create_app
from dashboard.live import hub as hub_module
from dashboard.live.hub import MOST, Hub
from dashboard.live.routes import changes
from tests.waiting import eventually


async def stream_of(hub: Hub) -> Any:
    return await event_stream(changes(hub), lambda: False)


def test_every_open_page_hears_what_changed_and_a_closed_one_is_forgotten() -> None:
    async def play() -> None:
        hub = Hub()
        with hub.listening() as one:
            with hub.listening() as two:
                assert hub.is_watched.is_set()
                hub.tell("feeds")
                assert [await anext(one), await anext(two)] == ["feeds", "feeds"]
            assert hub.is_watched.is_set()
        assert not hub.is_watched.is_set()

    asyncio.run(play())


def test_a_page_that_is_far_behind_fetches_all_of_itself() -> None:
    async def play() -> None:
        hub = Hub()
        with hub.listening() as topics:
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
        with ExitStack() as stack:
            for _ in range(8):  # that are slow
                stack.enter_context(hub.listening())
            quick = [stack.enter_context(hub.listening()) for _ in range(8)]  # a set has no order: some come after a slow one
            for number in range(1000):
                hub.tell(f"topic {number}")
                assert {await anext(each) for each in quick} == {f"topic {number}"}

    asyncio.run(play())


def test_too_many_open_pages_are_refused_and_cost_the_others_nothing() -> None:
    async def play() -> None:
        hub = Hub()
        with ExitStack() as stack:
            open_pages = [stack.enter_context(hub.listening()) for _ in range(MOST)]
            with pytest.raises(OverloadedError), hub.listening():
                raise AssertionError
            hub.tell("feeds")
            assert {await anext(each) for each in open_pages} == {"feeds"}

    asyncio.run(play())


def test_of_pages_that_are_opened_at_once_those_past_the_bound_are_refused_before_their_stream_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As all are, that listen again at the moment when a dashboard is back. A stream that had begun could only break off."""
    monkeypatch.setattr(hub_module, "MOST", 1)

    async def play() -> None:
        hub = Hub()
        first = await stream_of(hub)
        with pytest.raises(OverloadedError):
            await stream_of(hub)
        assert await anext(first.body_iterator) == WELCOME
        hub.tell("feeds")
        assert await anext(first.body_iterator) == event("changed", "feeds")
        await first.body_iterator.aclose()
        await (await stream_of(hub)).body_iterator.aclose()

    asyncio.run(play())


def test_a_page_that_left_before_its_stream_began_keeps_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "MOST", 1)

    async def play() -> None:
        hub = Hub()
        await stream_of(hub)  # and nobody reads it
        gc.collect()
        await eventually(lambda: not hub.is_watched.is_set(), 5)
        await (await stream_of(hub)).body_iterator.aclose()

    asyncio.run(play())


def test_where_too_many_are_open_the_answer_says_so_and_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "MOST", 0)
    monkeypatch.setattr(Ring.__init__, "__defaults__", (1000, 0))
    with TestClient(create_app()) as client:
        for path in ("/live", "/activity/stream"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["retry-after"].isdigit()) == (429, True)
            assert answer.headers["content-type"] != "text/event-stream"


def test_the_stream_shows_that_it_lives_while_there_is_no_news_and_ends_its_source() -> None:
    ended = []

    async def source() -> AsyncGenerator[str]:
        try:
            yield WELCOME
            await asyncio.sleep(0.05)
            yield event("changed", "feeds")
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def play() -> None:
        body = (await event_stream(source(), lambda: False, alive=0.02)).body_iterator
        heard = [str(await anext(body)) for _ in range(4)]
        assert heard[0].startswith(":")
        assert ": alive\n\n" in heard
        assert "event: changed\ndata: feeds\n\n" in heard
        await body.aclose()
        assert ended == [True]

    asyncio.run(play())


def test_a_stream_ends_when_the_server_is_to_stop() -> None:
    async def silent() -> AsyncGenerator[str]:
        yield WELCOME
        await asyncio.sleep(60)

    async def play() -> None:
        heard = [str(each) async for each in (await event_stream(silent(), lambda: True)).body_iterator]
        assert heard == [WELCOME]

    asyncio.run(asyncio.wait_for(play(), 5))
