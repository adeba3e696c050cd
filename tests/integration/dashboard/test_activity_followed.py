"""What a service tells over real HTTP reaches an open page, with keys, and also after the service has started anew."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI

from common.client import ServiceClient
from common.http.app import build_app
from common.retry import Backoff
from common.settings import HttpSettings
from dashboard.live.follower import Follower
from dashboard.live.hub import Hub
from tests.e2e.dashboard_site import Served


@asynccontextmanager
async def idle(_: FastAPI) -> AsyncIterator[None]:
    yield


async def nothing() -> dict[str, str]:
    return {}


def scanner(keys: str = "one") -> FastAPI:
    return build_app("scanner", lifespan=idle, missing=nothing, settings=HttpSettings(api_keys=keys))  # type: ignore[arg-type]


async def heard(topics: AsyncGenerator[str]) -> str:
    async with asyncio.timeout(20):
        return await anext(topics)


def test_what_a_service_tells_reaches_an_open_page_and_goes_on_after_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", "one")

    async def play() -> list[str]:
        app = scanner()
        served = await asyncio.to_thread(Served, app)
        client, hub = ServiceClient("scanner", served.url), Hub()
        follower = Follower({"scanner": client}, hub, Backoff(0.05, 0.1))
        follower.start()
        with hub.listening() as topics:
            app.state.activity.tell("scanner", "scan_done", "A scan is over", topics=("scans",))
            found = [await heard(topics)]
            await asyncio.to_thread(served.close)
            again = scanner()
            again.state.activity.tell("scanner", "feed_read", "Told before anybody listened", topics=("feeds",))
            served = await asyncio.to_thread(Served, again, int(served.url.rpartition(":")[2]))
            found.append(await heard(topics))
        await follower.stop()
        await client.aclose()
        await asyncio.to_thread(served.close)
        assert [entry.text for entry in follower.entries.after(None)[0]] == ["A scan is over", "Told before anybody listened"]
        return found

    assert asyncio.run(play()) == ["scans", "feeds"]


def test_a_dashboard_without_the_key_hears_nothing_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("API_KEYS", raising=False)

    async def play() -> None:
        app = scanner()
        served = await asyncio.to_thread(Served, app)
        client, hub = ServiceClient("scanner", served.url), Hub()
        follower = Follower({"scanner": client}, hub, Backoff(0.05, 0.1))
        follower.start()
        with hub.watching():
            app.state.activity.tell("scanner", "scan_done", "A secret", topics=("scans",))
            await asyncio.sleep(0.5)
        assert follower.entries.last is None
        await follower.stop()
        await client.aclose()
        await asyncio.to_thread(served.close)

    asyncio.run(play())
