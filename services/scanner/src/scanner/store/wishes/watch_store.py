"""Keeps the watchlist with the vectors of its words, and tells what matched."""

import asyncio
import json
import sys
from array import array
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.conditional.entity_tag import require_match
from common.errors import InvalidInputError, NotFoundError
from scanner.store.page import Page, decode_cursor, encode_cursor
from scanner.store.schema import moment_of, opportunities, watch_matches, watches
from scanner.watchlist.watch import MOST_WATCHES, Added, Watch, WatchFields

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

    async def add(self, fields: WatchFields, now: datetime) -> Added:
        """Keep a new one, unless one is kept that meets it. InvalidInputError where MOST_WATCHES are kept."""
        async with self._writing, self._engine.begin() as connection:
            kept = [_watch(row) for row in await connection.execute(select(watches, _MATCHED).order_by(watches.c.id))]
            if found := next((each for each in kept if fields.is_met_by(each.fields)), None):
                return Added(found, is_new=False)
            if len(kept) >= MOST_WATCHES:
                raise InvalidInputError(f"{MOST_WATCHES} things are watched already: remove one first", "text")
            row = _row_of(fields, now) | {"created": now.timestamp()}
            result = await connection.execute(insert(watches).values(row))
            (watch_id,) = result.inserted_primary_key or (0,)
            return Added(await _read(connection, watch_id), is_new=True)

    async def change(
        self, watch_id: int, edit: Callable[[WatchFields], WatchFields], now: datetime, if_match: str | None = None
    ) -> Watch:
        """Keep what `edit` makes of one in its place. A vector of other words is forgotten.

        NotFoundError; PreconditionFailedError where the former is none of those that `if_match` names.
        """
        async with self._writing, self._engine.begin() as connection:
            former = await _as_read(connection, watch_id, if_match)
            fields = edit(former.fields)
            forgotten = {} if former.fields.text == fields.text else {"vector": None, "embedder": None}
            changed = update(watches).where(watches.c.id == watch_id).values(_row_of(fields, now) | forgotten)
            await connection.execute(changed)
            return await _read(connection, watch_id)

    async def remove(self, watch_id: int, if_match: str | None = None) -> None:
        """Forget one, with what matched it. Errors as in `change`."""
        async with self._writing, self._engine.begin() as connection:
            await _as_read(connection, watch_id, if_match)
            await connection.execute(delete(watches).where(watches.c.id == watch_id))

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
        raise NotFoundError(f"nothing is watched as {watch_id}")
    return _watch(row)


async def _as_read(connection: AsyncConnection, watch_id: int, if_match: str | None) -> Watch:
    """One that nobody else changes before the end of the transaction."""
    await connection.execute(select(watches.c.id).where(watches.c.id == watch_id).with_for_update())
    found = await _read(connection, watch_id)
    require_match(found.etag, if_match, f'the wish "{found.fields.text}"')
    return found


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
