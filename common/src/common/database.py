"""Opens a service's SQL database: a SQLite file, or PostgreSQL where DATABASE_URL says so. Needs the extra `common[database]`.

Knows no tables, but how old rows go: in parts, so that nobody waits long. A cancelled task never leaves a half-opened SQLite
connection, and with it a thread, behind, nor a transaction that goes on.
"""

import asyncio
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import ColumnElement, Table, delete, event, select
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from common.errors import InvalidInputError, UnavailableError
from common.private_files import make_private, restrict

PART = 500  # rows that one transaction deletes
_AT_A_TIME = 500  # values in one IN (...): SQLite allows 32,766 in all, older ones 999
T = TypeVar("T")
_PATIENCE = 30.0  # seconds
# WAL lets readers go on while one writes; the timeout makes a second writer wait instead of failing.
PRAGMAS = (f"busy_timeout = {_PATIENCE * 1000:.0f}", "journal_mode = WAL", "foreign_keys = ON")
_RETRY_AFTER = 0.02  # seconds
# Of psycopg: a server that is cut off is noticed after 20 s, where the kernel's own bounds are minutes and hours.
LINK: Mapping[str, int] = {
    "connect_timeout": 10,  # seconds
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds
}
STATEMENT = 120_000  # milliseconds of one statement, waits for others included: far more than any of ours needs


def open_engine(url: str, pragmas: Sequence[str] = ()) -> AsyncEngine:
    """An engine with an asynchronous driver; it connects when first used. `pragmas` come after PRAGMAS, on SQLite alone.

    What a PostgreSQL URL says comes before LINK and STATEMENT; migrations, on engines of their own, know no STATEMENT.
    A statement raises InvalidInputError where a text holds NUL, which PostgreSQL has no way to store and SQLite has.
    A SQLite file is its user's alone. UnavailableError where URL or driver cannot be used, or the file cannot be made.
    """
    try:
        parsed = asynchronous(make_url(url))
        # An error's words go into logs: no value may stand in them.
        engine = create_async_engine(parsed, hide_parameters=True, connect_args=_time_limits(parsed))
        if engine.dialect.name == "sqlite" and parsed.database and parsed.database != ":memory:":
            _make_private_database(Path(parsed.database))
    except (SQLAlchemyError, ImportError, OSError) as exc:
        raise UnavailableError(f"the database cannot be used: {exc}") from exc
    except ValueError:  # whose message would name what it takes for the port: it may be the password
        raise UnavailableError("the database cannot be used: DATABASE_URL has no port that is a number") from None
    if engine.dialect.name == "postgresql":
        event.listen(engine.sync_engine, "handle_error", _refuse_nul)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "do_connect", partial(_choose_creator, (*PRAGMAS, *pragmas)))
    return engine


def _time_limits(url: URL) -> dict[str, Any]:
    if url.drivername != "postgresql+psycopg":
        return {}
    given = {name: value for name, value in url.query.items() if name != "options"}
    return {**LINK, **given, "options": f"-c statement_timeout={STATEMENT} {url.query.get('options', '')}".rstrip()}


def _refuse_nul(context: ExceptionContext) -> None:
    """It is the fault of who sent the text, anywhere in a request, and known by the driver's words alone."""
    if "cannot contain NUL (0x00)" in str(context.original_exception):
        raise InvalidInputError("a text holds the character NUL, which cannot be stored", "request")


def _make_private_database(path: Path) -> None:
    """Before SQLite does, which gives the files beside it the rights of the first."""
    make_private(path)
    restrict(path, *(path.with_name(path.name + end) for end in ("-wal", "-shm")))


async def delete_part(connection: AsyncConnection, table: Table, is_old: ColumnElement[bool]) -> int:
    """Delete some rows for which `is_old` holds, with what hangs on them by foreign keys; how many: less than PART if none is left.

    A transaction for each part: who wants to write meanwhile waits for one part, not for all. Replicas take different parts.
    """
    (key,) = table.primary_key
    part = select(key).where(is_old).order_by(key).limit(PART).with_for_update(skip_locked=True)
    return (await connection.execute(delete(table).where(key.in_(part)))).rowcount


def parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Any number of values, as many at a time as one IN (...) takes."""
    return (values[at : at + _AT_A_TIME] for at in range(0, len(values), _AT_A_TIME))


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


class _EndingConnection(sqlite3.Connection):
    """Ends its transaction when it is closed.

    SQLite alone puts a close off while a statement has rows left to give. Of a task that is cancelled in an INSERT ... RETURNING,
    the cursor outlives the connection: nobody else could write until it is collected, but would wait for busy_timeout and fail.
    """

    def close(self) -> None:
        with suppress(sqlite3.Error):  # closed before, or out of order
            self.rollback()  # of nothing, mostly
        super().close()


async def _connect(pragmas: Sequence[str], *args: Any, **options: Any) -> aiosqlite.Connection:
    connection = aiosqlite.connect(*args, factory=_EndingConnection, **options)
    connection._thread.daemon = True  # as SQLAlchemy's own creator does: a connection left open must not keep a process alive
    await connection
    try:
        for pragma in pragmas:
            await _set(connection, pragma)
    except BaseException:
        await connection.close()
        raise
    return connection


async def _set(connection: aiosqlite.Connection, pragma: str) -> None:
    """Wait for others as a statement would: the change to WAL alone fails at once where two processes open a new file together."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            async with connection.execute(f"PRAGMA {pragma}"):
                return
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
        await asyncio.sleep(_RETRY_AFTER)
