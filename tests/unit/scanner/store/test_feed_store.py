"""The list of feeds follows the configuration and what people did, also across restarts."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.errors import InvalidInputError, NotFoundError
from scanner.feeds.feed_list import DEMO_TITLE, MAX_FEEDS, WantedFeed, default_feeds, parse_feeds
from scanner.store.store import Store
from tests.unit.scanner.fakes import store_in


def with_store(folder: Path, use: Callable[[Store], Awaitable[None]]) -> None:
    async def run() -> None:
        store = await store_in(folder)
        await use(store)
        await store.aclose()

    asyncio.run(run())


async def urls(store: Store) -> list[str]:
    return [feed.url for feed in await store.feeds.enabled()]


def test_feeds_are_parsed_with_their_currency() -> None:
    assert parse_feeds("https://a.example/rss, https://b.example/rss|aud,") == [
        WantedFeed("https://a.example/rss", "https://a.example/rss"),
        WantedFeed("https://b.example/rss", "https://b.example/rss", "AUD"),
    ]
    assert parse_feeds("demo") == [WantedFeed("demo", DEMO_TITLE)]
    assert DEMO_TITLE.startswith("demo")


@pytest.mark.parametrize("text", ["nonsense", "ftp://a.example", "https://a.example|dollars", "https://me:secret@a.example"])
def test_feeds_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither demo nor"):
        parse_feeds(text)


def test_the_defaults_are_the_five_dealnews_feeds() -> None:
    found = [feed.url for feed in default_feeds()]
    assert len(found) == 5
    assert "https://www.dealnews.com/c142/Electronics/?rss=1" in found


def test_named_feeds_replace_the_defaults_and_the_defaults_come_back(tmp_path: Path) -> None:
    async def use(store: Store) -> None:
        await store.feeds.configure(default_feeds(), "default")
        await store.feeds.configure(parse_feeds("demo"), "environment")
        assert await urls(store) == ["demo"]
        await store.feeds.configure(default_feeds(), "default")
        assert len(await urls(store)) == 5

    with_store(tmp_path, use)


def test_a_removed_default_stays_away_and_an_added_feed_stays(tmp_path: Path) -> None:
    async def use(store: Store) -> None:
        await store.feeds.configure(default_feeds(), "default")
        await store.feeds.remove((await store.feeds.enabled())[0].id)
        await store.feeds.add(WantedFeed("https://mine.example/rss", "Mine", "AUD"))
        await store.feeds.configure(default_feeds(), "default")
        found = await urls(store)
        assert len(found) == 5
        assert "https://mine.example/rss" in found
        assert default_feeds()[0].url not in found

    with_store(tmp_path, use)


def test_a_feed_is_listed_once_and_can_be_added_again_after_removal(tmp_path: Path) -> None:
    async def use(store: Store) -> None:
        feed = await store.feeds.add(WantedFeed("https://mine.example/rss", "Mine"))
        with pytest.raises(InvalidInputError):
            await store.feeds.add(WantedFeed("https://mine.example/rss", "Mine"))
        await store.feeds.remove(feed.id)
        assert await urls(store) == []
        await store.feeds.add(WantedFeed("https://mine.example/rss", "Mine"))
        assert await urls(store) == ["https://mine.example/rss"]

    with_store(tmp_path, use)


def test_there_is_room_for_so_many_feeds_and_no_more(tmp_path: Path) -> None:
    many = ",".join(f"https://a.example/{n}" for n in range(MAX_FEEDS))

    async def use(store: Store) -> None:
        await store.feeds.configure(parse_feeds(many), "environment")
        with pytest.raises(InvalidInputError, match="remove one first"):
            await store.feeds.add(WantedFeed("https://mine.example/rss", "Mine"))
        await store.feeds.remove((await store.feeds.enabled())[0].id)
        await store.feeds.add(WantedFeed("https://mine.example/rss", "Mine"))

    with_store(tmp_path, use)
    with pytest.raises(ValueError, match="more than"):
        parse_feeds(f"{many},https://b.example/")


def test_what_is_not_listed_cannot_be_removed(tmp_path: Path) -> None:
    async def use(store: Store) -> None:
        with pytest.raises(NotFoundError):
            await store.feeds.remove(17)

    with_store(tmp_path, use)


def test_late_pricing_is_added_to_the_newest_finished_scan(tmp_path: Path) -> None:
    async def use(store: Store) -> None:
        for day, name in enumerate(("old", "new"), start=1):
            await store.scans.begin(name, datetime(2026, 11, day, tzinfo=UTC))
            report = {"priced": 1, "alerts": 0, "unpriced": 4, "problem": "down"}
            await store.scans.finish(name, "done", report, datetime(2026, 11, day, tzinfo=UTC))
        await store.scans.begin("running", datetime(2026, 11, 3, tzinfo=UTC))
        await store.scans.add_pricing({"priced": 3, "alerts": 2}, {"unpriced": 1, "problem": None})
        old, new = await store.scans.get("old"), await store.scans.get("new")
        assert (old["priced"], old["unpriced"]) == (1, 4)
        assert (new["priced"], new["alerts"], new["unpriced"], new["problem"]) == (4, 2, 1, None)

    with_store(tmp_path, use)


def test_late_pricing_without_any_scan_is_no_error(tmp_path: Path) -> None:
    with_store(tmp_path, lambda store: store.scans.add_pricing({"priced": 1}, {}))
