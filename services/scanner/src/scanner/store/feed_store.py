"""Keeps the list of feeds: the defaults or what FEEDS names, and what people add, change and remove; and how each fares."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.errors import InvalidInputError, NotFoundError
from scanner.deal_data import Feed
from scanner.feeds.feed_care import Attempt, FeedCare
from scanner.feeds.feed_list import MAX_FEEDS, WantedFeed
from scanner.store.schema import deals, feeds, outbox

_OURS = ("removed", "named_currency")  # which nobody else needs
_COLUMNS = [column for column in feeds.c if column.name not in _OURS]
# What an attempt leaves. The rest is a person's or the configuration's, and may change while a scan runs.
_FARES = (
    *("title", "etag", "last_modified", "last_status", "last_error", "last_fetched", "not_before", "items_seen", "items"),
    *("last_tried", "last_new", "next_try", "failures", "failing_since", "failing_for", "failing_told", "gone", "moved_to"),
)


def _nobody() -> None:
    """Hears of an outbox row that nobody waits for."""


class FeedStore:
    """The feeds table. `writing` is shared with the deal store: SQLite has one writer. `on_outbox`: as of DealStore."""

    def __init__(
        self, engine: AsyncEngine, writing: asyncio.Lock, care: FeedCare | None = None, on_outbox: Callable[[], None] = _nobody
    ) -> None:
        self._engine, self._writing, self._on_outbox = engine, writing, on_outbox
        self.care = care or FeedCare()

    async def configure(self, wanted: Sequence[WantedFeed], origin: str) -> None:
        """Make the configured feeds the enabled ones, beside those that people added. Removed defaults stay away."""
        urls = [each.url for each in wanted]
        async with self._writing, self._engine.begin() as connection:
            ours = feeds.c.origin != "person"
            await connection.execute(update(feeds).where(ours, feeds.c.url.not_in(urls)).values(enabled=False))
            if origin == "environment":  # named anew and in so many words: an earlier removal no longer counts
                await connection.execute(update(feeds).where(feeds.c.url.in_(urls)).values(removed=False, enabled=True))
            else:
                await connection.execute(update(feeds).where(feeds.c.url.in_(urls), ~feeds.c.removed).values(enabled=True))
            known = set((await connection.execute(select(feeds.c.url).where(feeds.c.url.in_(urls)))).scalars())
            for each in {each.url: each for each in wanted if each.url not in known}.values():
                await connection.execute(insert(feeds).values(_new_row(each, origin)))
            for each in wanted:
                is_news = feeds.c.named_currency.is_distinct_from(each.currency)
                named = {"currency": each.currency, "named_currency": each.currency}
                await connection.execute(update(feeds).where(feeds.c.url == each.url, ours, is_news).values(named))

    async def enabled(self) -> list[Feed]:
        """The listed feeds, in the order of their names in the list."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(*_COLUMNS).where(feeds.c.enabled).order_by(feeds.c.id))
            return [_feed(row) for row in rows]

    async def get(self, feed_id: int) -> Feed:
        """A listed feed. NotFoundError where it is not on the list."""
        async with self._engine.connect() as connection:
            return await _listed(connection, feed_id)

    async def add(self, wanted: WantedFeed) -> Feed:
        """Add a feed for a person. InvalidInputError where it is listed already, or where MAX_FEEDS are."""
        async with self._writing, self._engine.begin() as connection:
            if await _is_listed(connection, wanted.url):
                raise InvalidInputError("this feed is listed already", "url")
            await _make_room(connection, 1, "url")
            return await _add(connection, wanted)

    async def add_all(self, wanted: Sequence[WantedFeed]) -> tuple[list[Feed], list[WantedFeed]]:
        """Add feeds for a person, all or none: (those that were added, those that were listed already).

        InvalidInputError where they are more than there is room for.
        """
        async with self._writing, self._engine.begin() as connection:
            known = [each for each in wanted if await _is_listed(connection, each.url)]
            new = [each for each in wanted if each not in known]
            await _make_room(connection, len(new), "body")
            return [await _add(connection, each) for each in new], known

    async def change(self, feed_id: int, changed: Callable[[Feed], Mapping[str, Any]]) -> Feed:
        """Change a listed feed as `changed` says of it as it is now. NotFoundError where it is not on the list."""
        async with self._writing, self._engine.begin() as connection:
            values = changed(await _listed(connection, feed_id, is_locked=True))
            if values:
                await connection.execute(update(feeds).where(feeds.c.id == feed_id).values(**values))
            return await _listed(connection, feed_id)

    async def remove(self, feed_id: int) -> None:
        """Take a feed off the list. NotFoundError where it is not on it."""
        async with self._writing, self._engine.begin() as connection:
            await _listed(connection, feed_id, is_locked=True)
            await connection.execute(update(feeds).where(feeds.c.id == feed_id).values(enabled=False, removed=True))

    async def record_fetch(self, feed: Feed, attempt: Attempt) -> None:
        """Keep how an attempt went, and put what a person is to hear of it into the outbox, both or neither."""
        async with self._writing, self._engine.begin() as connection:
            row = (await connection.execute(select(*_COLUMNS).where(feeds.c.id == feed.id).with_for_update())).first()
            if row is None:  # its place was taken by one that was added anew
                return
            if attempt.read is not None and attempt.read.parsed is None:
                await _see_again(connection, _feed(row), attempt.moment)
            after, notice = self.care.after(_feed(row), attempt)
            values = {name: getattr(after, name) for name in _FARES}
            await connection.execute(update(feeds).where(feeds.c.id == feed.id).values(values))
            if notice and after.is_heard:
                told = {"opportunity_id": notice.id, "body": notice.model_dump_json(), "created": attempt.moment.timestamp()}
                await connection.execute(insert(outbox).values(told))
        if notice:
            self._on_outbox()


async def _see_again(connection: AsyncConnection, feed: Feed, moment: datetime) -> None:
    """It has not changed: what it held when it was last read, be it then or with others since, it still holds."""
    table, since = deals.c, feed.last_fetched
    if since is not None:
        held = table.feed_id == feed.id, table.last_seen >= since, table.last_seen < moment.timestamp()
        await connection.execute(update(deals).where(*held).values(last_seen=moment.timestamp()))


async def _is_listed(connection: AsyncConnection, url: str) -> bool:
    """Under this address, or moved there."""
    query = select(func.count()).where(feeds.c.enabled, or_(feeds.c.url == url, feeds.c.moved_to == url))
    return bool(await connection.scalar(query))


async def _make_room(connection: AsyncConnection, count: int, field: str) -> None:
    listed = await connection.scalar(select(func.count()).where(feeds.c.enabled)) or 0
    if count and listed + count > MAX_FEEDS:
        room = max(MAX_FEEDS - listed, 0)
        many = f"{count} new feeds, and there is room for {room}" if count > 1 else f"{listed} feeds are listed already"
        raise InvalidInputError(f"{many}, as a scanner has {MAX_FEEDS} at most: remove one first", field)


async def _add(connection: AsyncConnection, wanted: WantedFeed) -> Feed:
    await connection.execute(delete(feeds).where(feeds.c.url == wanted.url))  # one that was removed
    await connection.execute(insert(feeds).values(_new_row(wanted, "person")))
    return _feed((await connection.execute(select(*_COLUMNS).where(feeds.c.url == wanted.url))).one())


async def _listed(connection: AsyncConnection, feed_id: int, *, is_locked: bool = False) -> Feed:
    query = select(*_COLUMNS).where(feeds.c.id == feed_id, feeds.c.enabled)
    row = (await connection.execute(query.with_for_update() if is_locked else query)).first()
    if row is None:
        raise NotFoundError(f"there is no feed {feed_id}")
    return _feed(row)


def _new_row(wanted: WantedFeed, origin: str) -> dict[str, Any]:
    given = {"origin": origin, "enabled": True, "removed": False, "demo": wanted.is_demo, "named_currency": wanted.currency}
    return asdict(wanted) | given | {"items_seen": 0}


def _feed(row: Row[Any]) -> Feed:
    return Feed(**row._mapping)
