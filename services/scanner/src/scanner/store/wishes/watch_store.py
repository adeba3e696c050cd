"""Keeps the watchlist with the vectors of its words, and tells what matched."""

import asyncio
import json
import sys
from array import array
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.errors import InvalidInputError, NotFoundError
from scanner.store.page import Page, decode_cursor, encode_cursor
from scanner.store.schema import moment_of, opportunities, watch_matches, watches
from scanner.watchlist.watch import MOST_WATCHES, Watch, WatchFields

_MATCHED = select(func.count()).where(watch_matches.c.watch_id == watches.c.id).scalar_subquery().label("matched")


class WatchStore:
    """The tables watches and watch_matches."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine, self._writing = engine, writing

    async def all(self) -> list[Watch]:
        """All of them, the oldest first."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(watches, _MATCHED).order_by(watches.c.id))
            return [_watch(row) for row in rows]

    async def enabled(self) -> list[Watch]:
        """Those that are on, without how often they matched."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(watches).where(watches.c.enabled).order_by(watches.c.id))
            return [_watch(row) for row in rows]

    async def get(self, watch_id: int) -> Watch:
        """One of them. NotFoundError."""
        async with self._engine.connect() as connection:
            return await _read(connection, watch_id)

    async def add(self, fields: WatchFields, now: datetime) -> Watch:
        """Keep a new one; what asks for the very same is kept already. InvalidInputError where MOST_WATCHES are kept."""
        async with self._writing, self._engine.begin() as connection:
            same = (_watch(row) for row in await connection.execute(select(watches, _MATCHED).order_by(watches.c.id)))
            if found := next((each for each in same if each.fields.is_same(fields)), None):
                return found
            if (await connection.scalar(select(func.count()).select_from(watches)) or 0) >= MOST_WATCHES:
                raise InvalidInputError(f"{MOST_WATCHES} things are watched already: remove one first", "text")
            row = _row_of(fields, now) | {"created": now.timestamp()}
            result = await connection.execute(insert(watches).values(row))
            (watch_id,) = result.inserted_primary_key or (0,)
            return await _read(connection, watch_id)

    async def replace(self, watch_id: int, fields: WatchFields, now: datetime) -> Watch:
        """Keep these fields in the place of the former. NotFoundError. A vector of other words is forgotten."""
        async with self._writing, self._engine.begin() as connection:
            former = await _read(connection, watch_id)
            forgotten = {} if former.fields.text == fields.text else {"vector": None, "embedder": None}
            changed = update(watches).where(watches.c.id == watch_id).values(_row_of(fields, now) | forgotten)
            await connection.execute(changed)
            return await _read(connection, watch_id)

    async def remove(self, watch_id: int) -> None:
        """Forget one, with what matched it. NotFoundError."""
        async with self._writing, self._engine.begin() as connection:
            if (await connection.execute(delete(watches).where(watches.c.id == watch_id))).rowcount == 0:
                raise _none_of(watch_id)

    async def keep_vectors(self, vectors: Mapping[int, Sequence[float]], embedder: str) -> None:
        """The vectors that `embedder` made of these watches' words."""
        async with self._writing, self._engine.begin() as connection:
            for watch_id, vector in vectors.items():
                values = {"vector": _packed(vector), "embedder": embedder}
                await connection.execute(update(watches).where(watches.c.id == watch_id).values(values))

    async def matches(self, watch_id: int, cursor: str | None, limit: int) -> Page:
        """The opportunities that were the wanted thing, the latest first. NotFoundError."""
        table = watch_matches
        query = (
            select(table.c.matched, opportunities.c.id, opportunities.c.body, opportunities.c.alerted)
            .join(opportunities, opportunities.c.id == table.c.opportunity_id)
            .where(table.c.watch_id == watch_id)
            .order_by(table.c.matched.desc(), opportunities.c.id)
            .limit(limit + 1)
        )
        if cursor is not None:
            matched, last = decode_cursor(cursor, float, str)
            query = query.where(or_(table.c.matched < matched, and_(table.c.matched == matched, opportunities.c.id > last)))
        async with self._engine.connect() as connection:
            await _read(connection, watch_id)
            rows = list(await connection.execute(query))
        following = encode_cursor(rows[limit - 1].matched, rows[limit - 1].id) if len(rows) > limit else None
        return Page([_match(row) for row in rows[:limit]], following)


def _match(row: Any) -> dict[str, Any]:
    return {"matched": moment_of(row.matched).isoformat(), "pushed": row.alerted, "opportunity": json.loads(row.body)}


async def _read(connection: AsyncConnection, watch_id: int) -> Watch:
    row = (await connection.execute(select(watches, _MATCHED).where(watches.c.id == watch_id))).first()
    if row is None:
        raise _none_of(watch_id)
    return _watch(row)


def _none_of(watch_id: int) -> NotFoundError:
    return NotFoundError(f"nothing is watched as {watch_id}")


def _row_of(fields: WatchFields, now: datetime) -> dict[str, Any]:
    return {"fields": fields.model_dump(mode="json"), "enabled": fields.enabled, "changed": now.timestamp()}


def _watch(row: Row[Any]) -> Watch:
    return Watch(
        id=row.id,
        fields=WatchFields.model_validate(row.fields),
        created=moment_of(row.created),
        changed=moment_of(row.changed),
        vector=None if row.vector is None else _unpacked(row.vector),
        embedder=row.embedder,
        matched=row._mapping.get("matched", 0),
    )


def _packed(vector: Sequence[float]) -> bytes:
    values = array("f", vector)
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def _unpacked(packed: bytes) -> Sequence[float]:
    values = array("f")
    values.frombytes(packed)
    if sys.byteorder == "big":
        values.byteswap()
    return values
