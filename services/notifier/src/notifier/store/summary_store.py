"""Makes a channel's weekly summary, once for each ISO week, in the transaction that notes that it was made."""

from typing import Any

from sqlalchemy import Row, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.deals import Opportunity
from notifier.notification import Stage
from notifier.store.digest_store import add_alone
from notifier.store.plan_store import read_plan
from notifier.store.schema import Database, channels, deliveries, notifications, times
from notifier.store.turn_store import Rhythm
from notifier.times.telling import Best, Kind, Summary

_LATE = 86_400.0  # seconds after its moment for which one is still made
_WEEK = 7 * 86_400.0
_BEST = 3


class SummaryStore:
    """`rhythm`: when a person wants to be told, while nobody has edited that."""

    def __init__(self, database: Database, rhythm: Rhythm) -> None:
        self._database, self._rhythm = database, rhythm

    async def make_due(self, keys: list[str]) -> int:
        """Make those whose moment has come, within a day, for these channels; how many."""
        now = self._database.now()
        async with self._database.writer() as connection:
            plan = await read_plan(connection, self._rhythm.times, now)
            found = plan.times.last_summary(now)
            if found is None or now - found[0] > _LATE or not await _is_awaited(connection, found[0]):
                return 0
            moment, week = found
            is_new = or_(channels.c.summarized.is_(None), channels.c.summarized < week)
            made = 0
            for key in keys:
                mine = update(channels).where(channels.c.key == key, is_new)
                if (await connection.execute(mine.values(summarized=week))).rowcount:
                    made += await _make(connection, key, week, moment, now + self._rhythm.patience)
        return made


async def _is_awaited(connection: AsyncConnection, moment: float) -> bool:
    """Whether somebody wanted one at that moment: the times were not edited since, and there was something to tell of by then."""
    is_edited_since = select(times.c.id).where(times.c.updated > moment)
    if (await connection.execute(is_edited_since)).first() is not None:
        return False
    return bool((await connection.execute(select(exists().where(notifications.c.created <= moment)))).scalar())


async def _make(connection: AsyncConnection, channel: str, week: str, moment: float, expires: float) -> int:
    identifier = f"summary:{channel}:{week}"
    if (await connection.execute(select(notifications.c.id).where(notifications.c.id == identifier))).first() is not None:
        return 0
    joined = deliveries.join(notifications, notifications.c.id == deliveries.c.notification)
    columns = deliveries.c.stage, deliveries.c.held_why, notifications.c.opportunity
    query = select(*columns).select_from(joined).where(deliveries.c.channel == channel, notifications.c.kind == Kind.DEAL.value)
    query = query.where(notifications.c.created > moment - _WEEK, notifications.c.created <= moment)
    rows = (await connection.execute(query)).all()
    await add_alone(connection, _summary(identifier, week, moment, rows), channel, expires, moment)
    return 1


def _summary(identifier: str, week: str, moment: float, rows: Any) -> Summary:
    alerts = [row for row in rows if row.stage != Stage.WITHDRAWN.value]
    told = [Opportunity.model_validate_json(row.opportunity) for row in alerts if row.stage == Stage.SENT.value]
    best = sorted(told, key=lambda each: -each.discount)[:_BEST]
    return Summary(
        id=identifier,
        week=week,
        start=moment - _WEEK,
        end=moment,
        alerts=len(alerts),
        told=len(told),
        held=sum(row.held_why is not None for row in alerts),
        snoozed=_count(alerts, Stage.SNOOZED),
        expired=_count(alerts, Stage.EXPIRED),
        failed=_count(alerts, Stage.FAILED) + _count(alerts, Stage.UNKNOWN),
        saving=sum(each.discount for each in told),
        best=[
            Best(title=each.deal.title, price=each.deal.price, currency=each.deal.currency, discount=each.discount) for each in best
        ],
    )


def _count(rows: list[Row[Any]], stage: Stage) -> int:
    return sum(row.stage == stage.value for row in rows)
