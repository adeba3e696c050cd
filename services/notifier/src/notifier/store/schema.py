"""The notifier's tables as they are now, and how their database is opened. Migrations bring an earlier one to this form.

`due`, `expires` and what is shown are Unix seconds, since they must last over a reboot; leases and rests are by a clock that cannot
jump.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, MetaData, String, Table, Text, UniqueConstraint
from sqlalchemy.exc import DataError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import open_engine
from common.errors import InvalidInputError, UnavailableError
from common.migration import migrate

METADATA = MetaData()

notifications = Table(
    "notifications",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(200), nullable=False, unique=True),
    Column("kind", String(10), nullable=False, default="deal"),
    Column("opportunity", Text, nullable=False),  # what it tells, by its kind: an Opportunity mostly
    Column("state", String(10), nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
    Column("sent", Double),
    Column("traceparent", String(55)),  # of what led to it
)

deliveries = Table(
    "deliveries",
    METADATA,
    Column("notification", String(200), ForeignKey("notifications.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("seq", Integer, nullable=False),  # the notification's: the oldest goes out first
    Column("stage", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("refusals", Integer, nullable=False),
    Column("repeats", Integer, nullable=False),  # of a push of which nothing was heard
    Column("crashes", Integer, nullable=False),
    Column("round", Integer, nullable=False),  # grows where a person sends again what a channel has: it is another push then
    Column("generation", Integer, nullable=False),  # of the lease under which it was sent last
    Column("token", String(36), nullable=False),  # of the last attempt
    Column("due", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Column("started", Double),
    Column("updated", Double, nullable=False),
    Column("error", Text, nullable=False),
    Column("told", Boolean, nullable=False),  # whether a bad end was told on some channel
    Column("held_why", String(10)),  # of what is held, and last of what was
    Column("held_until", Double),
    Column("digest", String(200)),  # the notification as part of which it goes
    Column("counted", Double),  # when a push that a cap counts went out
    Column("asked", Boolean, nullable=False, default=False),  # a person asked for it now: neither quiet hours nor caps hold it
    Index("deliveries_by_turn", "channel", "stage", "seq"),
    Index("deliveries_by_digest", "digest"),
    Index("deliveries_by_count", "channel", "counted"),
)

channels = Table(
    "channels",
    METADATA,
    Column("key", String(16), primary_key=True),
    Column("label", String(80), nullable=False),
    Column("owner", String(40), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("leased_until", Double, nullable=False),
    Column("problem", Text, nullable=False),
    Column("failing_since", Double),
    Column("rests_until", Double, nullable=False),  # by the steady clock
    Column("told", Double),  # the failing_since that was told on another channel
    Column("summarized", String(10)),  # the ISO week of its last weekly summary
)

times = Table(
    "times",
    METADATA,
    Column("id", Integer, primary_key=True),  # 1: there is one row, once a person has edited them
    Column("body", Text, nullable=False),
    Column("updated", Double, nullable=False),
)

snoozes = Table(
    "snoozes",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("subject", String(10), nullable=False),
    Column("target", String(200), nullable=False),
    Column("until", Double, nullable=False),
    Column("created", Double, nullable=False),
    UniqueConstraint("subject", "target"),
    sqlite_autoincrement=True,  # an id is never another's: who lifts a snooze late must not lift a later one
)

named_channels = Table(
    "named_channels",
    METADATA,
    Column("key", String(16), primary_key=True),  # a removed one's row stays for a while, so that nothing is left waiting for it
    Column("origin", String(12), nullable=False),  # own, or environment: what is laid over a channel of NOTIFY_URLS
    Column("name", String(60), nullable=False),
    Column("folded", String(200), unique=True),  # the name as names are compared; none for those that have no name of their own
    Column("address", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("settings", Text, nullable=False),  # ChannelSettings as JSON
    Column("stopped", Text, nullable=False),
    Column("trouble", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
    Column("removed", Double),
)

push_keys = Table(
    "push_keys",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1: there is one row
    Column("private", String(60), nullable=False),  # its private number, as base64url
    Column("created", Double, nullable=False),
)

remarks = Table(
    "remarks",
    METADATA,
    Column("notification", String(200), ForeignKey("notifications.id", ondelete="CASCADE"), primary_key=True),
    Column("words", Text, nullable=False),
)


@dataclass(frozen=True)
class Database:
    """An open database. `writing`: one transaction of ours at a time, or SQLite's writers would wait for each other by polling.

    `now`: the moment, in Unix seconds, as all that is stored has it.
    """

    engine: AsyncEngine
    now: Callable[[], float] = time.time
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def writer(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes. UnavailableError where it did not come about, InvalidInputError as of `reader`."""
        async with self.writing, self.reader() as connection:
            yield connection

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that reads. InvalidInputError for what no column holds, as PostgreSQL's hold no character NUL."""
        try:
            async with self.engine.begin() as connection:
                yield connection
        except DataError as exc:
            raise InvalidInputError("the database cannot hold what is asked for") from exc
        except (SQLAlchemyError, OSError) as exc:
            raise UnavailableError(f"the database failed: {exc}") from exc

    async def prepare(self) -> None:
        """Make the tables, or bring those of an earlier version to this form."""
        try:
            await migrate(self.engine.url, "notifier")
        except (SQLAlchemyError, OSError) as exc:
            raise UnavailableError(f"the database could not be prepared: {exc}") from exc

    async def steady_time(self, connection: AsyncConnection) -> float:
        """Seconds that all who use the database agree on, whatever becomes of their clocks.

        PostgreSQL's own clock; SQLite's users share a machine, and with it the time since its start, which nobody can set.
        """
        if self.engine.dialect.name == "sqlite":
            return time.monotonic()
        return float((await connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())


def open_database(url: str, now: Callable[[], float] = time.time) -> Database:
    """The database at `url`, whose tables `prepare` makes. An outcome must survive a power cut, else its push would repeat."""
    return Database(open_engine(url, ["synchronous = FULL"]), now)
