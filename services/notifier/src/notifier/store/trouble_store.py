"""What is wrong with the channels that this instance serves, until it was told on one that works."""

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.notification import BAD_ENDS, Stage
from notifier.store.schema import Database, channels, deliveries, notifications
from notifier.times.telling import Kind, telling_of, title_of
from notifier.trouble import BadEnd, Trouble

_AT_ONCE = 50  # bad ends of a channel; the others are told next time
_OPEN = (Stage.WAITING.value, Stage.SENDING.value)
_ENDED = tuple(stage.value for stage in BAD_ENDS)


class TroubleStore:
    """`owner`: this instance, since who serves a channel tells of it. `after`: seconds for which it fails before that is told."""

    def __init__(self, database: Database, owner: str, after: float) -> None:
        self._database, self._owner, self._after = database, owner, after

    async def untold(self) -> list[Trouble]:
        """What is to be told, by channel."""
        async with self._database.reader() as connection:
            mine = select(channels).where(channels.c.owner == self._owner).order_by(channels.c.label)
            found = [await self._trouble(connection, row) for row in (await connection.execute(mine)).all()]
        return [each for each in found if each.since is not None or each.ended]

    async def failing(self) -> set[str]:
        """Channels that did not take their last push."""
        async with self._database.reader() as connection:
            return set((await connection.execute(select(channels.c.key).where(channels.c.problem != ""))).scalars())

    async def mark(self, trouble: Trouble) -> None:
        """It was told."""
        bad = deliveries.c.channel == trouble.channel, deliveries.c.stage.in_(_ENDED)
        told = deliveries.c.notification.in_([each.notification for each in trouble.ended])
        async with self._database.writer() as connection:
            await connection.execute(update(deliveries).where(*bad, told).values(told=True))
            if trouble.since is not None:
                await connection.execute(update(channels).where(channels.c.key == trouble.channel).values(told=trouble.since))

    async def _trouble(self, connection: AsyncConnection, channel: Row[tuple[object, ...]]) -> Trouble:
        is_of_it = deliveries.c.channel == channel.key
        counted = select(func.count()).select_from(deliveries).where(is_of_it, deliveries.c.stage.in_(_OPEN))
        joined = deliveries.join(notifications, notifications.c.id == deliveries.c.notification)
        columns = (deliveries.c.notification, deliveries.c.stage, notifications.c.kind, notifications.c.opportunity)
        query = select(*columns).select_from(joined).where(is_of_it, deliveries.c.stage.in_(_ENDED), ~deliveries.c.told)
        query = query.where(notifications.c.kind != Kind.DIGEST.value)  # its members are told
        ended = (await connection.execute(query.order_by(deliveries.c.seq).limit(_AT_ONCE))).all()
        return Trouble(
            channel=channel.key,
            label=channel.label,
            problem=channel.problem,
            waiting=(await connection.execute(counted)).scalar_one(),
            since=channel.failing_since if self._is_news(channel) else None,
            ended=tuple(
                BadEnd(row.notification, Stage(row.stage), title_of(telling_of(row.kind, row.opportunity))) for row in ended
            ),
        )

    def _is_news(self, channel: Row[tuple[object, ...]]) -> bool:
        """Whether it fails for long enough, and that was not told. If from a time to come, the clock has been set back since."""
        since, now = channel.failing_since, self._database.now()
        return since is not None and since != channel.told and not now - self._after < since <= now
