"""Opens a service's SQL database: a SQLite file, or PostgreSQL where DATABASE_URL says so. Needs the extra `common[database]`.

Knows no tables. A cancelled task never leaves a half-opened SQLite connection, and with it a thread, behind.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from common.errors import UnavailableError

# WAL lets readers go on while one writes; the timeout makes a second writer wait instead of failing.
PRAGMAS = ("busy_timeout = 30000", "journal_mode = WAL", "foreign_keys = ON")


def open_engine(url: str, pragmas: Sequence[str] = ()) -> AsyncEngine:
    """An engine with an asynchronous driver; it connects when first used. `pragmas` come after PRAGMAS, on SQLite alone.

    UnavailableError where the URL cannot be read or its driver is not installed.
    """
    try:
        parsed = asynchronous(make_url(url))
        engine = create_async_engine(parsed)
    except (SQLAlchemyError, ImportError) as exc:
        raise UnavailableError(f"the database cannot be used: {exc}") from exc
    if engine.dialect.name == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine.sync_engine, "do_connect", partial(_choose_creator, (*PRAGMAS, *pragmas)))
    return engine


def asynchronous(url: URL) -> URL:
    """The URL with the driver that this project installs, where it names none."""
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
    return url.set(drivername=drivers.get(url.drivername, url.drivername))


def _choose_creator(pragmas: Sequence[str], _dialect: Any, _record: Any, _args: Any, options: dict[str, Any]) -> None:
    options["async_creator_fn"] = partial(_connect_whole, pragmas)


async def _connect_whole(pragmas: Sequence[str], *args: Any, **options: Any) -> aiosqlite.Connection:
    """A connection with its pragmas set. Opening goes on when the caller is cancelled, so that there is something to close."""
    opening = asyncio.create_task(_connect(pragmas, *args, **options))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        with suppress(aiosqlite.Error):
            await (await opening).close()
        raise


async def _connect(pragmas: Sequence[str], *args: Any, **options: Any) -> aiosqlite.Connection:
    connection = aiosqlite.connect(*args, **options)
    connection._thread.daemon = True  # as SQLAlchemy's own creator does: a connection left open must not keep a process alive
    await connection
    try:
        for pragma in pragmas:
            async with connection.execute(f"PRAGMA {pragma}"):
                pass
    except BaseException:
        await connection.close()
        raise
    return connection
