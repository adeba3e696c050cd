"""What people see of the store: deals and opportunities in pages, and dismissals."""

import asyncio
import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from common.errors import InvalidInputError, NotFoundError
from scanner.store.schema import deals, feeds, moment_of, opportunities


@dataclass(frozen=True)
class Page:
    """Some items, and where the next ones begin; None at the end."""

    items: list[dict[str, Any]]
    next: str | None


class Pages:
    """Reads pages; `cursor` is what the previous page gave as its next."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine, self._writing = engine, writing

    async def deals(self, cursor: str | None, limit: int) -> Page:
        """Newest first, also those without a usable price."""
        query = select(deals).order_by(deals.c.id.desc()).limit(limit + 1)
        if cursor is not None:
            (last,) = _decode(cursor, int)
            query = query.where(deals.c.id < last)
        async with self._engine.connect() as connection:
            rows = list(await connection.execute(query))
        following = _encode(rows[limit - 1].id) if len(rows) > limit else None
        return Page([_deal(row) for row in rows[:limit]], following)

    async def opportunities(self, cursor: str | None, limit: int, *, now: datetime | None) -> Page:
        """Best discount first; with `now`, without those that are dismissed, expired, or of a demo feed that is switched off."""
        table = opportunities
        query = select(table.c.id, table.c.body, table.c.discount).order_by(table.c.discount.desc(), table.c.id).limit(limit + 1)
        if now is not None:
            silent = select(feeds.c.id).where(feeds.c.demo, ~feeds.c.enabled)
            is_valid = or_(table.c.expires.is_(None), table.c.expires > now.timestamp())
            query = query.where(~table.c.dismissed, is_valid, table.c.feed_id.not_in(silent))
        if cursor is not None:
            discount, last = _decode(cursor, float, str)
            query = query.where(or_(table.c.discount < discount, and_(table.c.discount == discount, table.c.id > last)))
        async with self._engine.connect() as connection:
            rows = list(await connection.execute(query))
        following = _encode(rows[limit - 1].discount, rows[limit - 1].id) if len(rows) > limit else None
        return Page([json.loads(row.body) for row in rows[:limit]], following)

    async def dismiss(self, opportunity_id: str) -> None:
        """Take an opportunity off the list. NotFoundError where there is none of this id."""
        async with self._writing, self._engine.begin() as connection:
            query = update(opportunities).where(opportunities.c.id == opportunity_id).values(dismissed=True)
            if (await connection.execute(query)).rowcount == 0:
                raise NotFoundError(f"there is no opportunity {opportunity_id[:60]}")

    async def waiting(self) -> int:
        """How many deals wait for an estimate."""
        async with self._engine.connect() as connection:
            return await connection.scalar(select(func.count()).where(deals.c.state == "unpriced")) or 0


def _encode(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _decode(cursor: str, *types: type) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError) as exc:
        raise InvalidInputError("not a cursor that this service gave", "cursor") from exc
    if not isinstance(values, list) or len(values) != len(types) or not all(map(isinstance, values, types)):
        raise InvalidInputError("not a cursor that this service gave", "cursor")
    return values


def _deal(row: Row[Any]) -> dict[str, Any]:
    answer = row.answer or {}
    return {
        "id": row.id,
        "title": row.title,
        "description": row.description,
        "price": row.price,
        "currency": row.currency,
        "url": row.url,
        "retailer": row.retailer,
        "feed": row.feed,
        "published": moment_of(row.published).isoformat(),
        "expires": None if row.expires is None else moment_of(row.expires).isoformat(),
        "condition": row.condition,
        "category": row.category,
        "list_price": row.list_price,
        "kind": row.kind,
        "price_source": row.price_source,
        "state": row.state,
        "reason": row.reason,
        "estimate": answer.get("price"),
        "low": answer.get("low"),
        "high": answer.get("high"),
    }
