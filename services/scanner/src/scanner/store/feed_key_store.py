"""Keeps the keys of private feed addresses, as digests alone, and finds whose a key is in constant time."""

import asyncio
import hmac
from datetime import datetime

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from common.errors import InvalidInputError, NotFoundError, UnavailableError
from scanner.opportunities.feed_key import MOST_KEYS, FeedKey
from scanner.store.schema import feed_keys, moment_of

_HOUR = 3_600.0  # seconds between two notes that a key was used: reading must not mean writing


class FeedKeyStore:
    """The table feed_keys."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine, self._writing = engine, writing

    async def all(self) -> list[FeedKey]:
        """All of them, the oldest first."""
        async with self._engine.connect() as connection:
            return [_key(row) for row in await connection.execute(select(feed_keys).order_by(feed_keys.c.id))]

    async def add(self, label: str, digest: bytes, now: datetime) -> FeedKey:
        """Keep a new one. InvalidInputError where MOST_KEYS are kept."""
        async with self._writing, self._engine.begin() as connection:
            if (await connection.scalar(select(func.count()).select_from(feed_keys)) or 0) >= MOST_KEYS:
                raise InvalidInputError(f"there are {MOST_KEYS} keys already: revoke one first", "label")
            row = {"label": label, "digest": digest.hex(), "created": now.timestamp()}
            (number,) = (await connection.execute(insert(feed_keys).values(row))).inserted_primary_key or (0,)
        return FeedKey(number, label, now, None)

    async def revoke(self, number: int) -> None:
        """Forget one; NotFoundError."""
        async with self._writing, self._engine.begin() as connection:
            if (await connection.execute(delete(feed_keys).where(feed_keys.c.id == number))).rowcount == 0:
                raise NotFoundError(f"there is no feed key {number}")

    async def holder(self, digest: bytes, now: datetime) -> FeedKey | None:
        """Whose key has this digest, which is noted as used; None where it is nobody's. UnavailableError."""
        try:
            async with self._engine.connect() as connection:
                rows = list(await connection.execute(select(feed_keys)))
            found = None
            for row in rows:  # all of them, whichever matches
                if hmac.compare_digest(bytes.fromhex(row.digest), digest):
                    found = row
            if found is not None and (found.used is None or now.timestamp() - found.used >= _HOUR):
                await self._note(found.id, now)
        except (SQLAlchemyError, OSError) as exc:
            raise UnavailableError(f"the database failed: {type(exc).__name__}") from exc
        return None if found is None else _key(found)

    async def _note(self, number: int, now: datetime) -> None:
        async with self._writing, self._engine.begin() as connection:
            await connection.execute(update(feed_keys).where(feed_keys.c.id == number).values(used=now.timestamp()))


def _key(row: Row[tuple[object, ...]]) -> FeedKey:
    used = row._mapping["used"]
    return FeedKey(row._mapping["id"], row._mapping["label"], moment_of(row._mapping["created"]), used and moment_of(used))
