"""What home automation is told, out of notifications: alerts of a day, the newest, and those since one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from common.deals import Opportunity
from notifier.mqtt.readings import Alert
from notifier.notification import State
from notifier.store.schema import Database, notifications
from notifier.times.telling import Kind

_IS_ALERT = notifications.c.kind == Kind.DEAL.value, notifications.c.state != State.WITHDRAWN.value
_MOST = 500  # alerts of a day of which the best is looked for, the newest


class PulseStore:
    """The table notifications, read alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, moment: float) -> tuple[int, float | None]:
        """How many alerts there are since a moment, and the greatest expected saving among them."""
        is_since = *_IS_ALERT, notifications.c.created >= moment
        async with self._database.reader() as connection:
            many = await connection.scalar(select(func.count()).select_from(notifications).where(*is_since)) or 0
            found = await _read(connection, _MOST, is_since)
        return many, max((each.opportunity.discount for each in found), default=None)

    async def newest(self) -> int:
        """The `seq` of the newest alert; 0: there is none."""
        async with self._database.reader() as connection:
            return await connection.scalar(select(func.max(notifications.c.seq)).where(*_IS_ALERT)) or 0

    async def alerts_since(self, seq: int, most: int) -> list[Alert]:
        """The newest of those after `seq`, at most so many, the oldest first."""
        async with self._database.reader() as connection:
            return (await _read(connection, most, (*_IS_ALERT, notifications.c.seq > seq)))[::-1]

    async def last(self) -> Alert | None:
        """The newest alert."""
        async with self._database.reader() as connection:
            return next(iter(await _read(connection, 1, _IS_ALERT)), None)


async def _read(connection: AsyncConnection, most: int, conditions: Sequence[Any]) -> list[Alert]:
    columns = notifications.c.seq, notifications.c.opportunity, notifications.c.created
    query = select(*columns).where(*conditions).order_by(notifications.c.seq.desc()).limit(most)
    rows = await connection.execute(query)
    return [Alert(row.seq, Opportunity.model_validate_json(row.opportunity), row.created) for row in rows]
