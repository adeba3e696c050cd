"""Keeps the list of feeds: the defaults or what FEEDS names, and what people add and remove."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from common.errors import InvalidInputError, NotFoundError
from scanner.deal_data import Feed, FeedReport, ReadFeed
from scanner.feeds.feed_list import MAX_FEEDS, WantedFeed
from scanner.store.schema import feeds

_COLUMNS = [column for column in feeds.c if column.name != "removed"]


class FeedStore:
    """The feeds table. `writing` is shared with the deal store: SQLite has one writer."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine, self._writing = engine, writing

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
                await connection.execute(update(feeds).where(feeds.c.url == each.url, ours).values(currency=each.currency))

    async def enabled(self) -> list[Feed]:
        """The feeds to fetch, in the order of their names in the list."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(*_COLUMNS).where(feeds.c.enabled).order_by(feeds.c.id))
            return [_feed(row) for row in rows]

    async def add(self, wanted: WantedFeed) -> Feed:
        """Add a feed for a person. InvalidInputError where it is listed already, or where MAX_FEEDS are."""
        async with self._writing, self._engine.begin() as connection:
            row = (await connection.execute(select(feeds).where(feeds.c.url == wanted.url))).first()
            if row is not None and row.enabled:
                raise InvalidInputError("this feed is listed already", "url")
            listed = await connection.scalar(select(func.count()).where(feeds.c.enabled)) or 0
            if listed >= MAX_FEEDS:
                raise InvalidInputError(f"{MAX_FEEDS} feeds are listed already: remove one first", "url")
            if row is not None:
                await connection.execute(delete(feeds).where(feeds.c.id == row.id))
            await connection.execute(insert(feeds).values(_new_row(wanted, "person")))
            added = (await connection.execute(select(*_COLUMNS).where(feeds.c.url == wanted.url))).one()
            return _feed(added)

    async def remove(self, feed_id: int) -> None:
        """Take a feed off the list. NotFoundError where it is not on it."""
        async with self._writing, self._engine.begin() as connection:
            row = (await connection.execute(select(feeds).where(feeds.c.id == feed_id, feeds.c.enabled))).first()
            if row is None:
                raise NotFoundError(f"there is no feed {feed_id}")
            await connection.execute(update(feeds).where(feeds.c.id == feed_id).values(enabled=False, removed=True))

    async def record_fetch(self, feed: Feed, read: ReadFeed | None, report: FeedReport, not_before: float | None) -> None:
        """Keep how a fetch went. `last_fetched` is the last one that succeeded; when a feed was last tried its scans tell.

        Validators change only with a body that was read, so that a failed read is fetched anew.
        """
        values: dict[str, Any] = {
            "title": feed.title,
            "last_status": report.status,
            "last_error": report.error or report.warning,
            "not_before": not_before,
        }
        if read is not None:
            values["last_fetched"] = time.time()
        if read is not None and read.parsed is not None:
            etag, last_modified = read.fetched.etag, read.fetched.last_modified
            values |= {"etag": _short(etag, 500), "last_modified": _short(last_modified, 200)}
            values["items_seen"] = feeds.c.items_seen + report.new
        async with self._writing, self._engine.begin() as connection:
            await connection.execute(update(feeds).where(feeds.c.id == feed.id).values(values))


def _new_row(wanted: WantedFeed, origin: str) -> dict[str, Any]:
    return {
        "url": wanted.url,
        "title": wanted.title,
        "currency": wanted.currency,
        "origin": origin,
        "enabled": True,
        "removed": False,
        "demo": wanted.is_demo,
        "items_seen": 0,
    }


def _short(text: str | None, length: int) -> str | None:
    """A validator that does not fit is none: a cut one would never match."""
    return text if text is not None and len(text) <= length else None


def _feed(row: Row[Any]) -> Feed:
    return Feed(**row._mapping)
