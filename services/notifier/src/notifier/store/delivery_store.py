"""Who serves a channel, and the attempts at its deliveries: each is recorded before it goes out, under a lease that is fenced.

A lease is a channel's owner and generation. A new owner has a higher generation, so that nothing an earlier one still does counts,
but for a success: that an attempt arrived is true whoever says it, as long as no other attempt has begun (its token tells).
"""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from common.breaker import LONGEST_ASKED
from notifier.notification import BAD_ENDS, CRASHES, OPEN, Attempt, Lease, LeaseLostError, Next, OnUnknown, Stage, State
from notifier.store.digest_store import end_members, is_released, release
from notifier.store.plan_store import read_plan, untimed
from notifier.store.schema import Database, channels, deliveries
from notifier.store.settling_store import settle
from notifier.store.turn_store import Rhythm, next_turn
from notifier.trouble import Channel

_OF_LATE = 86_400.0  # seconds: what ended before is not shown beside its channel any more


class DeliveryStore:
    """`owner`: this instance's name, which no other ever has; `lease`: seconds for which it may be silent.

    `longest_pause`: seconds for which an attempt puts the next off at most. What is due later was put off by a clock that has
    been set back since, and is due now. `rhythm`: when a person wants to be told, while nobody has edited that.
    """

    def __init__(self, database: Database, owner: str, lease: float, longest_pause: float, rhythm: Rhythm | None = None) -> None:
        self._database, self.owner, self.lease, self._longest_pause = database, owner, lease, longest_pause
        self._rhythm = rhythm or Rhythm()

    async def acquire(self, channel: str, label: str) -> Lease | None:
        """Become the one who serves the channel; None while another does."""
        await self._introduce(channel, label)
        async with self._database.writer() as connection:
            now = await self._database.steady_time(connection)
            # A lease that ends later than any can was given before a reboot, or by a clock that was ahead.
            until = channels.c.leased_until
            is_free = or_(channels.c.owner == self.owner, channels.c.owner == "", until <= now, until > now + self.lease)
            taken = update(channels).where(channels.c.key == channel, is_free)
            values = {
                "owner": self.owner,
                "generation": channels.c.generation + 1,
                "leased_until": now + self.lease,
                "label": label,
            }
            if (await connection.execute(taken.values(values))).rowcount == 0:
                return None
            row = (await connection.execute(select(channels).where(channels.c.key == channel))).one()
        rests = row.rests_until - now
        return Lease(channel, self.owner, row.generation, rests if 0.0 < rests <= LONGEST_ASKED else 0.0)

    async def renew(self, lease: Lease) -> bool:
        """Whether it is still ours; if so for another while."""
        async with self._database.writer() as connection:
            return await self._renew(connection, lease)

    async def release(self, lease: Lease) -> None:
        """Let another instance serve the channel at once."""
        async with self._database.writer() as connection:
            await connection.execute(update(channels).where(_held(lease)).values(owner=""))

    async def interrupt(self, lease: Lease, on_unknown: OnUnknown, pause: float) -> int:
        """Pushes that were open when an earlier owner ended: nobody knows whether they arrived. How many."""
        earlier = and_(
            deliveries.c.channel == lease.channel,
            deliveries.c.stage == Stage.SENDING.value,
            deliveries.c.generation != lease.generation,
        )
        now, why = self._database.now(), "the notifier ended while it was being sent: it may or may not have arrived"
        async with self._database.writer() as connection:
            await self._hold(connection, lease)
            rows = (await connection.execute(select(deliveries.c.notification, deliveries.c.crashes).where(earlier))).all()
            for identifier, crashes in rows:
                is_over = on_unknown is OnUnknown.ASK or crashes + 1 >= CRASHES
                values = {"stage": Stage.UNKNOWN.value if is_over else Stage.WAITING.value, "crashes": crashes + 1}
                one = update(deliveries).where(earlier, deliveries.c.notification == identifier)
                await connection.execute(one.values(values | {"due": now + pause, "updated": now, "error": why}))
                if is_over:
                    await end_members(connection, identifier, Stage.UNKNOWN, why, now)
                await settle(connection, identifier, now)
        return len(rows)

    async def has_due(self, channel: str) -> bool:
        """Whether something waits, or is held, whose time has come."""
        is_due = or_(self._due(channel), is_released(channel, self._database.now()))
        async with self._database.reader() as connection:
            query = select(deliveries.c.notification).where(is_due).limit(1)
            return (await connection.execute(query)).first() is not None

    async def begin(self, lease: Lease) -> Attempt | None:
        """Record that the oldest delivery that may go out is being sent; None where there is none. LeaseLostError.

        It is the only way out, so nothing is sent that is withdrawn, or is to wait for a digest, when it begins.
        """
        now, token, patience = self._database.now(), str(uuid4()), self._rhythm.patience
        async with self._database.writer() as connection:
            await self._hold(connection, lease)
            plan = await read_plan(connection, self._rhythm.times, now)
            plan = plan.unbound() if lease.channel in await untimed(connection) else plan
            await release(connection, lease.channel, plan, patience)
            turn = await next_turn(connection, self._due(lease.channel), plan, patience)
            if turn is None:
                return None
            row = turn.row
            values = {"stage": Stage.SENDING.value, "generation": lease.generation, "token": token, "started": now, "updated": now}
            one = update(deliveries).where(deliveries.c.notification == row.notification, deliveries.c.channel == lease.channel)
            await connection.execute(one.values(values | {"attempts": row.attempts + 1, "counted": turn.counted}))
        push_id = push_id_of(row.notification, lease.channel, row.round)
        tries = row.refusals, row.repeats, row.crashes
        return Attempt(turn.telling, lease.channel, push_id, token, *tries, traceparent=row.traceparent)

    async def finish(self, attempt: Attempt, after: Next) -> State | None:
        """Record what an attempt led to; the notification's state then. None: another owner has decided meanwhile."""
        now, is_sent = self._database.now(), after.stage is Stage.SENT
        row = and_(deliveries.c.notification == attempt.id, deliveries.c.channel == attempt.channel)
        is_open = deliveries.c.stage != Stage.SENT.value if is_sent else deliveries.c.stage == Stage.SENDING.value
        mine = and_(row, is_open, deliveries.c.token == attempt.token)
        values: dict[str, Any] = {
            "stage": after.stage.value,
            "due": now + after.due,
            "refusals": after.refusals,
            "repeats": after.repeats,
        }
        values |= {"updated": now, "error": after.error[:500]}
        is_not_there = after.stage in (Stage.WAITING, Stage.FAILED) and not (after.repeats or attempt.crashes)
        values |= {"counted": None} if is_not_there else {}  # nobody has seen it, so it takes nothing from a cap
        async with self._database.writer() as connection:
            done = await connection.execute(update(deliveries).where(mine).values(values))
            if not done.rowcount:
                return None
            if after.stage is not Stage.WAITING:
                await end_members(connection, attempt.id, after.stage, after.error, now)
            return await settle(connection, attempt.id, now)

    async def note(self, lease: Lease, problem: str, rests: float) -> None:
        """Remember how the channel is, for showing, and for how long its peer asked to be left alone."""
        since = channels.c.failing_since
        values: dict[str, object] = {"problem": problem[:500], "failing_since": None}
        async with self._database.writer() as connection:
            values["rests_until"] = await self._database.steady_time(connection) + min(rests, LONGEST_ASKED)
            await connection.execute(
                update(channels).where(_held(lease), since.is_(None)).values(failing_since=self._database.now())
            )
            if problem:
                del values["failing_since"]
            await connection.execute(update(channels).where(_held(lease)).values(values))

    async def states(self) -> list[Channel]:
        """All channels that were ever served, with how many deliveries wait, and came to a bad end within the last day."""
        place = (deliveries.c.channel, deliveries.c.stage)
        is_open = deliveries.c.stage.in_([stage.value for stage in OPEN])
        is_late = or_(is_open, deliveries.c.updated > self._database.now() - _OF_LATE)
        counted = select(*place, func.count()).where(is_late).group_by(*place)
        async with self._database.reader() as connection:
            rows = (await connection.execute(select(channels).order_by(channels.c.label))).all()
            counts = {(channel, Stage(stage)): count for channel, stage, count in await connection.execute(counted)}
        return [_channel(row, {stage: counts.get((row.key, stage), 0) for stage in Stage}) for row in rows]

    def _due(self, channel: str) -> ColumnElement[bool]:
        now = self._database.now()
        is_time = or_(deliveries.c.due <= now, deliveries.c.due > now + self._longest_pause)
        is_worth_it = deliveries.c.expires > now
        return and_(deliveries.c.channel == channel, deliveries.c.stage == Stage.WAITING.value, is_time, is_worth_it)

    async def _introduce(self, channel: str, label: str) -> None:
        values = {
            "key": channel,
            "label": label,
            "owner": "",
            "generation": 0,
            "leased_until": 0.0,
            "problem": "",
            "rests_until": 0.0,
        }
        async with self._database.writer() as connection:
            if (await connection.execute(select(channels.c.key).where(channels.c.key == channel))).first() is None:
                try:
                    async with connection.begin_nested():
                        await connection.execute(insert(channels).values(values))
                except IntegrityError:
                    return  # another instance was quicker

    async def _renew(self, connection: AsyncConnection, lease: Lease) -> bool:
        until = await self._database.steady_time(connection) + self.lease
        return (await connection.execute(update(channels).where(_held(lease)).values(leased_until=until))).rowcount == 1

    async def _hold(self, connection: AsyncConnection, lease: Lease) -> None:
        """Keep others from taking the channel until this transaction ends."""
        if not await self._renew(connection, lease):
            raise LeaseLostError(f"another instance serves {lease.channel}")


def push_id_of(notification: str, channel: str, round_: int) -> str:
    """The id that a push bears however often it is tried: nothing of the address, nor of the opportunity, can be read from it."""
    return str(uuid5(NAMESPACE_URL, f"pricing-agent:{notification}:{channel}:{round_}"))


def _channel(row: Any, counts: Mapping[Stage, int]) -> Channel:
    waiting = counts[Stage.WAITING] + counts[Stage.SENDING]
    ended = {stage: counts[stage] for stage in BAD_ENDS}
    return Channel(row.key, row.label, row.problem, row.failing_since, waiting, ended, counts[Stage.HELD])


def _held(lease: Lease) -> ColumnElement[bool]:
    return and_(channels.c.key == lease.channel, channels.c.owner == lease.owner, channels.c.generation == lease.generation)
