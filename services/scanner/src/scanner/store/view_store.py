"""Keeps a person's saved views of the list of opportunities: names of filters."""

import asyncio

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from common.errors import InvalidInputError, NotFoundError
from scanner.store.schema import saved_views

MOST = 100  # of them


class ViewStore:
    """The saved_views table."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine, self._writing = engine, writing

    async def all(self) -> list[tuple[str, str]]:
        """Name and query of each, by name."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(saved_views.c.name, saved_views.c.query).order_by(saved_views.c.name))
            return [(row.name, row.query) for row in rows]

    async def keep(self, name: str, query: str) -> None:
        """Keep one, in the place of another of this name. InvalidInputError where there are too many."""
        async with self._writing, self._engine.begin() as connection:
            await connection.execute(delete(saved_views).where(saved_views.c.name == name))
            if (await connection.scalar(select(func.count()).select_from(saved_views)) or 0) >= MOST:
                raise InvalidInputError(f"there are {MOST} saved views already", "name")
            await connection.execute(insert(saved_views).values(name=name, query=query))

    async def remove(self, name: str) -> None:
        """Forget one. NotFoundError where there is none of this name."""
        async with self._writing, self._engine.begin() as connection:
            if (await connection.execute(delete(saved_views).where(saved_views.c.name == name))).rowcount == 0:
                raise NotFoundError(f"there is no saved view {name[:60]}")
