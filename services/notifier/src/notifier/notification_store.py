"""Keeps notifications in SQL through SQLAlchemy Core: SQLite by default, PostgreSQL by DATABASE_URL. It sends nothing."""

import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Column, Double, Integer, MetaData, String, Table, Text, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import open_engine
from common.deals import Opportunity
from common.errors import UnavailableError
from notifier.notification import Notification, State

_METADATA = MetaData()
_ROWS = Table(
    "notifications",
    _METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(200), nullable=False, unique=True),
    Column("opportunity", Text, nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("delivered", Text, nullable=False),  # JSON list of the keys of addresses that have it
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
    Column("sent", Double),
    Column("owner", String(200), nullable=False),
    Column("leased_until", Double, nullable=False),
)


class NotificationStore:
    """Rows are claimed by `owner`, a consumer's name, until a lease runs out, so that replicas on one database never both send."""

    def __init__(self, url: str, owner: str, lease: float = 60.0) -> None:
        # An outcome must survive a power cut, else its push would repeat.
        self._engine = open_engine(url, ["synchronous = FULL"])
        self.owner, self.lease = owner, lease

    async def prepare(self) -> None:
        """Make the table if it is not there."""
        async with self._transaction() as connection:
            await connection.run_sync(_METADATA.create_all)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._engine.dispose()

    async def claim(self, opportunity: Opportunity) -> tuple[Notification, bool]:
        """The notification, made if new, and whether it is ours to deliver now."""
        if not await self._insert(opportunity):
            is_ours = await self._take_over(opportunity.id)
        else:
            is_ours = True
        notification = await self.get(opportunity.id)
        if notification is None:
            raise UnavailableError(f"notification {opportunity.id} has vanished from the database")
        return notification, is_ours and notification.state is State.PENDING

    async def record(self, notification: Notification, lease: float) -> None:
        """Store state, attempts, error and delivered; nobody else may claim it for `lease` seconds."""
        now = time.time()
        values: dict[str, Any] = {
            "state": notification.state.value,
            "attempts": notification.attempts,
            "error": notification.error[:2000],
            "delivered": json.dumps(sorted(notification.delivered)),
            "updated": now,
            "leased_until": now + lease,
        }
        if notification.state is State.SENT:
            values["sent"] = now
        async with self._transaction() as connection:
            await connection.execute(update(_ROWS).where(_ROWS.c.id == notification.opportunity.id).values(values))

    async def get(self, identifier: str) -> Notification | None:
        """One notification."""
        async with self._transaction() as connection:
            row = (await connection.execute(select(_ROWS).where(_ROWS.c.id == identifier))).mappings().first()
        return _notification(dict(row)) if row else None

    async def reset(self, identifier: str, *, forget_delivered: bool) -> Notification | None:
        """Make it pending again, with no attempts; None where there is no such notification."""
        now = time.time()
        values: dict[str, Any] = {"state": State.PENDING.value, "attempts": 0, "error": "", "updated": now}
        values |= {"owner": self.owner, "leased_until": now + self.lease}
        if forget_delivered:
            values["delivered"] = "[]"
        async with self._transaction() as connection:
            await connection.execute(update(_ROWS).where(_ROWS.c.id == identifier).values(values))
        return await self.get(identifier)

    async def unfinished(self) -> Sequence[Opportunity]:
        """Pending ones that are ours or whose claim has run out, oldest first."""
        query = select(_ROWS).where(self._claimable()).order_by(_ROWS.c.seq)
        async with self._transaction() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [_notification(dict(row)).opportunity for row in rows]

    async def page(self, *, before: int | None, limit: int, state: State | None = None) -> list[Notification]:
        """Newest first, those with a `seq` below `before`."""
        query = select(_ROWS).order_by(_ROWS.c.seq.desc()).limit(limit)
        if before is not None:
            query = query.where(_ROWS.c.seq < before)
        if state:
            query = query.where(_ROWS.c.state == state.value)
        async with self._transaction() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [_notification(dict(row)) for row in rows]

    async def _insert(self, opportunity: Opportunity) -> bool:
        now = time.time()
        values = {
            "id": opportunity.id,
            "opportunity": opportunity.model_dump_json(),
            "state": State.PENDING.value,
            "attempts": 0,
            "error": "",
            "delivered": "[]",
            "created": now,
            "updated": now,
            "owner": self.owner,
            "leased_until": now + self.lease,
        }
        try:
            async with self._transaction() as connection:
                await connection.execute(insert(_ROWS).values(values))
        except IntegrityError:
            return False
        return True

    async def _take_over(self, identifier: str) -> bool:
        values = {"owner": self.owner, "leased_until": time.time() + self.lease}
        async with self._transaction() as connection:
            done = await connection.execute(update(_ROWS).where(_ROWS.c.id == identifier, self._claimable()).values(values))
        return done.rowcount == 1

    def _claimable(self) -> Any:
        is_free = or_(_ROWS.c.owner == self.owner, _ROWS.c.leased_until < time.time())
        return and_(_ROWS.c.state == State.PENDING.value, is_free)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except (SQLAlchemyError, OSError) as exc:
            raise UnavailableError(f"the database failed: {exc}") from exc


def _notification(row: dict[str, Any]) -> Notification:
    return Notification(
        seq=row["seq"],
        opportunity=Opportunity.model_validate_json(row["opportunity"]),
        state=State(row["state"]),
        attempts=row["attempts"],
        error=row["error"],
        delivered=frozenset(json.loads(row["delivered"])),
        created=row["created"],
        updated=row["updated"],
        sent=row["sent"],
    )
