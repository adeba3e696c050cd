"""Keeps the key by which this server signs web pushes: one for all instances, made when it is first asked for.

cryptography comes in then, and not with the service's start.
"""

import asyncio

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from common.errors import UnavailableError
from notifier.store.schema import Database, push_keys
from notifier.web_push.signing import SigningKey

_ONLY = 1


class PushKeyStore:
    """The table push_keys. Every browser is bound to the key that it subscribed with, so it never changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: SigningKey | None = None
        self._turn = asyncio.Lock()

    async def key(self) -> SigningKey:
        """The one of all instances, made where there is none. UnavailableError."""
        async with self._turn:
            if self._known is None:
                self._known = await self._read() or await self._make()
            return self._known

    async def _read(self) -> SigningKey | None:
        async with self._database.reader() as connection:
            private = await connection.scalar(select(push_keys.c.private).where(push_keys.c.id == _ONLY))
        from notifier.web_push.vapid import VapidKey

        return None if private is None else VapidKey(private)

    async def _make(self) -> SigningKey:
        from notifier.web_push.vapid import new_key

        made = new_key()
        try:
            async with self._database.writer() as connection:
                row = {"id": _ONLY, "private": made.private, "created": self._database.now()}
                await connection.execute(insert(push_keys).values(row))
        except UnavailableError as exc:
            other = await self._read() if isinstance(exc.__cause__, IntegrityError) else None
            if other is None:  # nobody else was quicker
                raise
            return other
        return made
