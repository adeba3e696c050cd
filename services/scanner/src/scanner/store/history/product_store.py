"""Tells of products: a list, each one's history, how offers stand in it and what was pushed; keeps what a person decides of one."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import parts
from common.deals import PriceStanding
from common.errors import NotFoundError
from scanner.deal_data import PastOffer, ToldProduct
from scanner.history.score import standing_of, verdict_of
from scanner.store.history.daily_store import lows_before, lows_of
from scanner.store.history.tally_store import tell_anew
from scanner.store.page import Page, decode_cursor, encode_cursor
from scanner.store.schema import deals, moment_of, offers, opportunities, products

Sort: TypeAlias = Literal["seen", "score", "name"]
_SORTED = {"seen": products.c.last_at, "score": products.c.rank, "name": products.c.words}
_MOST_WORDS = 10  # that are looked for
_MOMENTS = ("lowest_at", "last_at", "told_at", "reset_at")


class ProductStore:
    """The table of products, and their offers."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine, self._writing = engine, writing

    async def standings(self, of: Sequence[PastOffer]) -> list[PriceStanding | None]:
        """How each offer stands among earlier ones of its product and condition, since that was reset; None without any."""
        async with self._engine.connect() as connection:
            before = await lows_before(connection, [offer.deal_key for offer in of])
        return [standing_of(offer.price, [day.price for day in before.get(offer.deal_key, ())]) for offer in of]

    async def told(self, ids: Sequence[str]) -> dict[str, ToldProduct]:
        """What was pushed of these products, as far as they are known."""
        found: dict[str, ToldProduct] = {}
        async with self._engine.connect() as connection:
            for part in parts(sorted(set(ids))):
                rows = await connection.execute(select(products).where(products.c.id.in_(part)))
                found |= {row.id: _told(row) for row in rows}
        return found

    async def page(self, query: str, condition: str | None, sort: Sort, *, cursor: str | None, limit: int) -> Page:
        """Products whose title has all words of `query`, in whatever order: seen last, of the best score, or by name."""
        rows_of = _sorted(sort, cursor, is_searched=bool(query.split())).limit(limit + 1)
        for word in query.lower().split()[:_MOST_WORDS]:
            rows_of = rows_of.where(products.c.words.contains(word, autoescape=True))
        if condition is not None:
            rows_of = rows_of.where(products.c.condition == condition)
        async with self._engine.connect() as connection:
            rows = list(await connection.execute(rows_of))
        more = encode_cursor(rows[limit - 1]._mapping[_SORTED[sort].name], rows[limit - 1].id) if len(rows) > limit else None
        return Page([_view(row) for row in rows[:limit]], more)

    async def get(self, product_id: str) -> dict[str, Any]:
        """One product. NotFoundError where there is none of this id."""
        async with self._engine.connect() as connection:
            return _view(await _row_of(connection, product_id))

    async def history(self, product_id: str, cursor: str | None, limit: int) -> dict[str, Any]:
        """A product, how its last price stands among those of the other days, and its offers, newest first."""
        async with self._engine.connect() as connection:
            row = await _row_of(connection, product_id)
            days = [day.price for day in await lows_of(connection, row.product, row.condition)]
            page = await _offers_of(connection, row, cursor, limit)
        return {"product": _view(row), **_figures(row, days), "items": page.items, "next": page.next}

    async def reset(self, product_id: str, now: datetime) -> dict[str, Any]:
        """Forget what was pushed of it, and count its lows from now on. Its offers stay."""
        return await self._alter(product_id, {"told_price": None, "told_at": None, "reset_at": now.timestamp()})

    async def decide(self, product_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """What a person decides of it: `cool_down` in days, None for that of all; `muted`."""
        return await self._alter(product_id, changes)

    async def _alter(self, product_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        async with self._writing, self._engine.begin() as connection:
            await _row_of(connection, product_id)
            if changes:
                await connection.execute(update(products).where(products.c.id == product_id).values(dict(changes)))
                await tell_anew(connection, [product_id])
            return _view(await _row_of(connection, product_id))


def _sorted(sort: Sort, cursor: str | None, *, is_searched: bool) -> Select[Any]:
    """All in their order. Where words are looked for all titles are read, and what has them is sorted: a walk along an index of
    the order would fetch each row by itself until there are enough.
    """
    by: ColumnElement[Any] = _SORTED[sort]
    if sort == "name":
        query, further = select(products).order_by(by, products.c.id), _beyond(cursor, str)
        return query if further is None else query.where(or_(by > further[0], and_(by == further[0], products.c.id > further[1])))
    by = by + 0.0 if is_searched else by
    query, further = select(products).order_by(by.desc(), products.c.id.desc()), _beyond(cursor, float)
    return query if further is None else query.where(or_(by < further[0], and_(by == further[0], products.c.id < further[1])))


def _beyond(cursor: str | None, of: type) -> list[Any] | None:
    return None if cursor is None else decode_cursor(cursor, of, str)


async def _row_of(connection: AsyncConnection, product_id: str) -> Row[Any]:
    row = (await connection.execute(select(products).where(products.c.id == product_id))).first()
    if row is None:
        raise NotFoundError(f"there is no product {product_id[:60]}")
    return row


def _its(row: Row[Any]) -> ColumnElement[bool]:
    return and_(offers.c.product == row.product, offers.c.condition == row.condition)


async def _offers_of(connection: AsyncConnection, row: Row[Any], cursor: str | None, limit: int) -> Page:
    query = select(offers).where(_its(row)).order_by(offers.c.offered.desc(), offers.c.deal_key.desc()).limit(limit + 1)
    if cursor is not None:
        moment, key = decode_cursor(cursor, float, str)
        query = query.where(or_(offers.c.offered < moment, and_(offers.c.offered == moment, offers.c.deal_key < key)))
    rows = list(await connection.execute(query))
    more = encode_cursor(rows[limit - 1].offered, rows[limit - 1].deal_key) if len(rows) > limit else None
    there = await _still_there(connection, [each.deal_key for each in rows[:limit]])
    return Page([_offer(each, there.get(each.deal_key)) for each in rows[:limit]], more)


async def _still_there(connection: AsyncConnection, keys: Sequence[str]) -> dict[str, Any]:
    """The deals of these keys that are kept still, each with its opportunity; of several the latest."""
    query = select(deals.c.key, deals.c.id, opportunities.c.id.label("opportunity")).outerjoin(opportunities)
    rows = await connection.execute(query.where(deals.c.key.in_(keys)).order_by(deals.c.id))
    return {row.key: row for row in rows}


def _offer(row: Row[Any], deal: Any | None) -> dict[str, Any]:
    told = {name: row._mapping[name] for name in ("price", "retailer", "feed", "url", "condition")}
    links = {"deal": deal.id if deal else None, "opportunity": deal.opportunity if deal else None}
    return told | {"offered": moment_of(row.offered)} | links


def _figures(row: Row[Any], days: Sequence[float]) -> dict[str, Any]:
    """Of all days, but for how the last price stands among the others."""
    standing = standing_of(days[-1], days[:-1]) if days else None
    return {
        "lowest": min(days, default=None),
        "usual": round(median(days), 2) if days else None,
        "last": row.last,
        "points": len(days),
        "score": standing.score if standing else None,
        "verdict": verdict_of(standing.score) if standing else None,
        "low_confidence": standing is None or standing.low_confidence,
        "is_lowest": standing.is_lowest if standing else None,
    }


def _view(row: Row[Any]) -> dict[str, Any]:
    moments = {name: None if row._mapping[name] is None else moment_of(row._mapping[name]) for name in _MOMENTS}
    verdict = None if row.score is None else verdict_of(row.score)
    figures = {"verdict": verdict, "low_confidence": row.rank < 0, "cool_down_days": row.cool_down}
    return {**row._mapping, **moments, **figures}


def _told(row: Row[Any]) -> ToldProduct:
    at = None if row.told_at is None else moment_of(row.told_at)
    return ToldProduct(row.told_price, at, None if row.cool_down is None else timedelta(days=row.cool_down), row.muted)
