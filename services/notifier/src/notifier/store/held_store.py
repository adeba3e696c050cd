"""What is held: for showing, to send it now, and to decide anew by other times and snoozes."""

from typing import Any

from sqlalchemy import Row, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.notification import Stage
from notifier.store.digest_store import hold, is_row, told_of
from notifier.store.plan_store import read_plan, untimed
from notifier.store.schema import Database, channels, deliveries
from notifier.store.turn_store import Rhythm, held_of
from notifier.times.held import Held, HeldOn
from notifier.times.holding import Hold, Plan, Why
from notifier.times.telling import telling_of, title_of
from notifier.times.times import Times

_SHOWN = 200  # of a channel


class HeldStore:
    """`rhythm`: when a person wants to be told, while nobody has edited that."""

    def __init__(self, database: Database, rhythm: Rhythm) -> None:
        self._database, self._rhythm = database, rhythm

    async def held(self) -> list[HeldOn]:
        """By channel: how many there are, when the next come, and those that come first."""
        is_held = deliveries.c.stage == Stage.HELD.value
        columns = (
            deliveries.c.channel,
            channels.c.label,
            func.count().label("many"),
            func.min(deliveries.c.held_until).label("next"),
        )
        joined = deliveries.outerjoin(channels, channels.c.key == deliveries.c.channel)
        counted = select(*columns).select_from(joined).where(is_held).group_by(deliveries.c.channel, channels.c.label)
        async with self._database.reader() as connection:
            rows = (await connection.execute(counted.order_by(channels.c.label))).all()
            return [await self._held_on(connection, row) for row in rows]

    async def send_now(self, channel: str | None = None) -> int:
        """Have what is held come in a digest now, whatever the hour; what is snoozed stays so. How many there are."""
        now = self._database.now()
        mine = [deliveries.c.stage == Stage.HELD.value, deliveries.c.held_why != Why.SNOOZED.value]
        mine += [deliveries.c.channel == channel] if channel is not None else []
        async with self._database.writer() as connection:
            done = await connection.execute(update(deliveries).where(*mine).values(held_until=now, asked=True, updated=now))
        return done.rowcount

    async def decide_anew(self, before: Times | None = None) -> None:
        """After other times or snoozes hold: what is held no longer comes in a digest now, the rest at its new moment.

        `before`: the times that held until now. Without a cap that is higher, what was beyond a day's waits for its digest on the
        next day too, though that day's cap is not reached.
        """
        now = self._database.now()
        async with self._database.writer() as connection:
            plan = await read_plan(connection, self._rhythm.times, now)
            free = await untimed(connection)
            is_raised = plan.times.daily is None or (before is not None and plan.times.daily > (before.daily or 0))
            is_early = and_(deliveries.c.stage == Stage.HELD.value, deliveries.c.held_until > now, ~deliveries.c.asked)
            for row in (await connection.execute(told_of(is_early))).all():
                is_free = row.channel in free
                await self._decide(connection, row, plan.unbound() if is_free else plan, is_raised=is_raised or is_free)

    async def _decide(self, connection: AsyncConnection, row: Row[Any], plan: Plan, *, is_raised: bool) -> None:
        telling, why = telling_of(row.kind, row.opportunity), Why(row.held_why)
        # What a snooze or the quiet held comes in a digest, for which caps do not count.
        held = plan.blocked(telling) if why in (Why.SNOOZED, Why.QUIET) else await held_of(connection, row, telling, plan)
        if held is None and why is Why.DAILY and not is_raised:
            held = Hold(Why.DAILY, plan.times.next_digest(plan.now))
        if held is None:
            values = {"held_until": plan.now, "updated": plan.now}
            await connection.execute(update(deliveries).where(is_row(row)).values(values))
        elif (held.why, held.until) != (row.held_why, row.held_until):
            await hold(connection, row, telling, held, self._rhythm.patience, plan.now)

    async def _held_on(self, connection: AsyncConnection, channel: Row[Any]) -> HeldOn:
        is_of_it = and_(deliveries.c.stage == Stage.HELD.value, deliveries.c.channel == channel.channel)
        query = told_of(is_of_it).order_by(None).order_by(deliveries.c.held_until, deliveries.c.seq).limit(_SHOWN)
        items = tuple(map(_held, (await connection.execute(query)).all()))
        return HeldOn(channel.channel, channel.label or "a channel of earlier", channel.many, channel.next, items)


def _held(row: Row[Any]) -> Held:
    telling = telling_of(row.kind, row.opportunity)
    return Held(row.notification, title_of(telling), Why(row.held_why), row.held_until, row.expires)
