"""Who leads, in PostgreSQL: an advisory lock of one connection, whose last question says when its holder gave a sign of life.

A holder that was silent for SILENT seconds stands still or is cut off: whoever finds it so ends that connection and takes the lock.
Who has it first ends all connections on which former leaders write, and waits until they are gone; a former leader that wakes up
makes new ones, and each transaction on them first asks whether its process still holds the lock. So nothing of a former leader is
written after another has begun. No table is needed. A pooler that lends a connection by the transaction breaks this.
"""

# ruff: noqa: S608 (all questions are built of constants)
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import open_engine
from common.errors import UnavailableError

SILENT = 10.0  # seconds without a sign of life after which another may lead
GONE = 4_000  # milliseconds that the end of a connection may take
_LOCK = 0x5CA77E2  # the lock's first number; its second is of the schema, in which a deployment lies
_TAKE = text(f"SELECT pg_try_advisory_lock({_LOCK}, hashtext(current_schema()))")
_NAMED = text("SELECT set_config('application_name', :name, false)")
_IN_SCHEMA = text("SELECT to_hex(hashtext(current_schema()))")
_HELD = (
    f"l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid = {_LOCK}"
    " AND l.objid::bigint = (hashtext(current_schema())::bigint & 4294967295)"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_END_SILENT = text(
    f"SELECT pg_terminate_backend(l.pid, {GONE}) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
    f" WHERE {_HELD} AND a.query_start < clock_timestamp() - make_interval(secs => :silent)"
)
_END_FORMER = text(
    f"SELECT pg_terminate_backend(pid, {GONE}) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name LIKE :ours AND application_name <> :mine"
)
_STILL = text(f"SELECT count(*) FROM pg_locks l WHERE {_HELD} AND l.pid = pg_backend_pid()")
_OF_MINE = f"SELECT 1 FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE {_HELD} AND a.application_name = %s"


def leader_of(url: str) -> "LeaderStore | None":
    """None where the database is a file: one machine's, and one process's."""
    return LeaderStore(url) if make_url(url).get_backend_name() == "postgresql" else None


class LeaderStore:
    """The lock, on a connection of its own. `mark` an engine on which only the leader may write."""

    def __init__(self, url: str, silent: float = SILENT) -> None:
        self._engine, self._silent = open_engine(url), silent
        self._connection: AsyncConnection | None = None  # that of the lock, or on which one tries to get it
        self._marked: AsyncEngine | None = None
        self._of_schema = self._name = ""

    async def mark(self, engine: AsyncEngine) -> None:
        """From now on its transactions are those of a leader, and fail where this process leads no longer."""
        async with self._engine.connect() as connection:
            self._of_schema = f"scanner leader {(await connection.execute(_IN_SCHEMA)).scalar_one()}"
        self._name = f"{self._of_schema} {os.urandom(4).hex()} {socket.gethostname()[:16]}"
        self._marked = engine
        event.listen(engine.sync_engine, "do_connect", self._give_name)
        event.listen(engine.sync_engine, "begin", self._refuse_former)

    async def take(self) -> bool:
        """See Lease."""
        return await self._asked(self._take)

    async def keep(self) -> None:
        """See Lease."""
        if not await self._asked(self._is_held):
            raise UnavailableError("another scanner leads")

    async def leave(self) -> None:
        """See Lease. Connections that another has ended are made anew."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.invalidate()  # closed, whatever state it is in: with it goes the lock
            await connection.close()
        if self._marked is not None:
            await self._marked.dispose()

    async def aclose(self) -> None:
        """Lead no longer, and close everything."""
        await self.leave()
        await self._engine.dispose()

    async def _take(self) -> bool:
        connection = self._connection = self._connection or await self._connect()
        await connection.execute(_END_SILENT, {"silent": self._silent})
        if not (await connection.execute(_TAKE)).scalar():
            return False
        ended = await connection.execute(_END_FORMER, {"ours": f"{self._of_schema} %", "mine": self._name})
        if not all(ended.scalars()):
            raise UnavailableError("a former leader's connection does not end")
        return True

    async def _connect(self) -> AsyncConnection:
        connection = await (await self._engine.connect()).execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(_NAMED, {"name": self._name})
        return connection

    async def _is_held(self) -> bool:
        return self._connection is not None and bool((await self._connection.execute(_STILL)).scalar())

    async def _asked(self, ask: Callable[[], Awaitable[bool]]) -> bool:
        try:
            return await ask()
        except (SQLAlchemyError, OSError) as exc:
            raise UnavailableError(f"the database does not answer: {type(exc).__name__}") from exc

    def _give_name(self, _dialect: Any, _record: Any, _args: Any, options: dict[str, Any]) -> None:
        options["application_name"] = self._name

    def _refuse_former(self, connection: Connection) -> None:
        """At the beginning of each transaction. By the driver: SQLAlchemy has not begun it yet."""
        cursor = connection.connection.cursor()
        try:
            cursor.execute(_OF_MINE, (self._name,))
            if cursor.fetchone() is None:
                raise UnavailableError("another scanner leads: this one writes nothing")
        finally:
            cursor.close()
