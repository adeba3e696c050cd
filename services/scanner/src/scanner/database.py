"""Opens the scanner's database: a SQLite file by default, anything SQLAlchemy has an asynchronous driver for by DATABASE_URL."""

from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from common.errors import UnavailableError
from scanner.tables import METADATA


async def open_database(url: str) -> AsyncEngine:
    """An engine on which all tables exist. UnavailableError where the database does not answer."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        parsed = parsed.set(drivername="sqlite+aiosqlite")
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    elif parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_async_engine(parsed)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(METADATA.create_all)
    except (SQLAlchemyError, OSError) as exc:
        await engine.dispose()
        raise UnavailableError(f"the database does not answer: {exc}") from exc
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    """WAL lets readers go on while a scan writes; the timeout makes a second writer wait instead of failing."""
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "busy_timeout = 10000", "synchronous = NORMAL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
