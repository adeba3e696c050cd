"""Makes digests of what was held until its time, and ends their members with them; every step within its caller's transaction.

A digest is a notification with one delivery. A member's delivery bears its id from the moment at which it is made: each is in one
digest at most, whatever ends the process in between.
"""

from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, Select, and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import PART
from common.deals import Notice, Opportunity
from notifier.message import plain
from notifier.notification import Stage
from notifier.store.schema import deliveries, notifications
from notifier.store.settling_store import PUT_OFF, delivery_row, settle
from notifier.times.holding import LONGEST, Hold, Plan, Why
from notifier.times.telling import Digest, Kind, Telling, telling_of

_PART = 200  # rows looked at in one go


def is_released(channel: str, now: float) -> ColumnElement[bool]:
    """Held, and its moment has come; or it lies further ahead than any can, as where the clock was set back since."""
    is_odd = and_(deliveries.c.held_until > now + LONGEST, deliveries.c.held_why != Why.SNOOZED.value)
    is_time = or_(deliveries.c.held_until <= now, is_odd)
    return and_(deliveries.c.channel == channel, deliveries.c.stage == Stage.HELD.value, is_time)


def told_of(is_of: ColumnElement[bool]) -> Select[Any]:
    """These deliveries with what they tell, the oldest first."""
    joined = deliveries.join(notifications, notifications.c.id == deliveries.c.notification)
    table = notifications.c
    told = table.kind, table.opportunity, table.created.label("received"), table.traceparent
    query = select(deliveries, *told).select_from(joined)
    return query.where(is_of).order_by(deliveries.c.seq)


async def hold(connection: AsyncConnection, row: Row[Any], telling: Telling, held: Hold, patience: float, now: float) -> None:
    """Let a delivery wait for its moment. It does not expire by that, unless its deal does; by a snooze it may."""
    expires = row.expires
    if held.why is not Why.SNOOZED:
        expires = min(max(row.expires, held.until + patience), _over(telling))
    values = {"stage": Stage.HELD.value, "held_why": held.why.value, "held_until": held.until, "expires": expires, "updated": now}
    await connection.execute(update(deliveries).where(is_row(row)).values(values | {"digest": None}))


async def release(connection: AsyncConnection, channel: str, plan: Plan, patience: float) -> None:
    """Put what is held, and whose moment has come, into one digest; what may have arrived, and a digest, goes by itself."""
    now = plan.now
    while True:
        rows = (await connection.execute(told_of(is_released(channel, now)).limit(_PART))).all()
        members = [row for row in rows if await _is_member(connection, row, plan, patience)]
        if members:
            await _join(connection, channel, members, now + patience, now)
        if len(rows) < _PART:
            return


async def left_of(connection: AsyncConnection, digest: Digest, row: Row[Any], plan: Plan) -> Digest:
    """The digest with what is to be told by it now, best first. What was withdrawn or is over comes to its end, without it.

    `row`: the digest's delivery. What may have been told by an earlier attempt at it ends as unknown.
    """
    now, is_in_doubt = plan.now, bool(row.repeats or row.crashes)
    is_of_it = and_(deliveries.c.digest == digest.id, deliveries.c.stage == Stage.IN_DIGEST.value)
    found: list[Telling] = []
    for member in (await connection.execute(told_of(and_(is_of_it, deliveries.c.channel == row.channel)))).all():
        telling = telling_of(member.kind, member.opportunity)
        withdrawn = telling.withdrawn if isinstance(telling, Opportunity) else None
        snoozed = None if is_in_doubt or row.asked else plan.snoozed(telling)
        if withdrawn is not None or _over(telling) <= now:
            stage = Stage.UNKNOWN if is_in_doubt else Stage.EXPIRED if withdrawn is None else Stage.WITHDRAWN
            await _end(connection, member, stage, plain(withdrawn or "", 500), now, is_told=not is_in_doubt)
        elif snoozed is not None:
            await hold(connection, member, telling, snoozed, 0.0, now)
        else:
            found.append(telling)
    deals = sorted((each for each in found if isinstance(each, Opportunity)), key=lambda each: -each.discount)
    notices = [each for each in found if isinstance(each, Notice)]
    return digest.model_copy(update={"deals": deals, "notices": notices})


async def end_members(connection: AsyncConnection, digest: str, stage: Stage, error: str, now: float) -> None:
    """The members of a digest that came to its end come to the same; of no digest, nothing happens.

    A late success counts where nobody knew what had become of it.
    """
    open_ones = [Stage.IN_DIGEST.value, *([Stage.UNKNOWN.value] if stage is Stage.SENT else [])]
    mine = deliveries.c.digest == digest, deliveries.c.stage.in_(open_ones)
    members = list((await connection.execute(select(deliveries.c.notification).where(*mine).order_by(deliveries.c.seq))).scalars())
    if members:
        values = {"stage": stage.value, "error": error[:500], "updated": now}
        await connection.execute(update(deliveries).where(*mine).values(values))
    for member in members:
        await settle(connection, member, now)


async def end_over(connection: AsyncConnection, now: float) -> int:
    """End some of what waits or is held beyond its time; how many: less than PART if none is left."""
    is_over = and_(deliveries.c.stage.in_(PUT_OFF), deliveries.c.expires <= now)
    rows = (await connection.execute(select(deliveries).where(is_over).order_by(deliveries.c.seq).limit(PART))).all()
    for row in rows:
        stage, is_held = _end_of(row), row.stage == Stage.HELD.value
        await _end(connection, row, stage, row.error, now, is_told=is_held and stage is not Stage.UNKNOWN)
        await end_members(connection, row.notification, stage, "", now)
    return len(rows)


async def open_again(connection: AsyncConnection, digest: str, now: float) -> None:
    """Have a digest that is sent again tell what it told."""
    ended = [stage.value for stage in (Stage.SENT, Stage.FAILED, Stage.UNKNOWN, Stage.EXPIRED)]
    mine = deliveries.c.digest == digest, deliveries.c.stage.in_(ended)
    members = list((await connection.execute(select(deliveries.c.notification).where(*mine).order_by(deliveries.c.seq))).scalars())
    await connection.execute(update(deliveries).where(*mine).values(stage=Stage.IN_DIGEST.value, updated=now, told=False))
    for member in members:
        await settle(connection, member, now)


async def _is_member(connection: AsyncConnection, row: Row[Any], plan: Plan, patience: float) -> bool:
    """Whether it comes in a digest now; else it is held on, has come to its end, or goes out by itself."""
    telling, now = telling_of(row.kind, row.opportunity), plan.now
    if row.expires <= now:
        stage = _end_of(row)
        await _end(connection, row, stage, "", now, is_told=stage is not Stage.UNKNOWN)
        return False
    held = None if row.asked else plan.blocked(telling)
    if held is not None:
        await hold(connection, row, telling, held, patience, now)
        return False
    if row.kind in (Kind.DIGEST.value, Kind.SUMMARY.value) or row.repeats or row.crashes:
        values = {"stage": Stage.WAITING.value, "due": now, "updated": now}
        await connection.execute(update(deliveries).where(is_row(row)).values(values))
        return False
    return True


async def _join(connection: AsyncConnection, channel: str, members: list[Row[Any]], expires: float, now: float) -> None:
    """Into the channel's digest that has not gone out yet, else into a new one."""
    joined = deliveries.join(notifications, notifications.c.id == deliveries.c.notification)
    is_there = deliveries.c.stage.in_([Stage.WAITING.value, Stage.HELD.value]), deliveries.c.repeats == 0, deliveries.c.crashes == 0
    query = select(notifications.c.id, notifications.c.opportunity).select_from(joined)
    query = query.where(deliveries.c.channel == channel, notifications.c.kind == Kind.DIGEST.value, *is_there)
    there = (await connection.execute(query.order_by(deliveries.c.seq.desc()).limit(1))).first()
    ids = [row.notification for row in members]
    before = Digest.model_validate_json(there.opportunity) if there else Digest(id=f"digest:{uuid4()}", members=[])
    digest = before.model_copy(update={"members": [*before.members, *ids]})
    if there is None:
        await add_alone(connection, digest, channel, expires, now)
    else:
        one = update(notifications).where(notifications.c.id == digest.id)
        await connection.execute(one.values(opportunity=_stored(digest), updated=now))
    is_asked = any(row.asked for row in members)
    of_digest = update(deliveries).where(deliveries.c.notification == digest.id)
    await connection.execute(of_digest.values({"expires": expires} | ({"asked": True} if is_asked else {})))
    values = {"stage": Stage.IN_DIGEST.value, "digest": digest.id, "updated": now}
    is_held = and_(deliveries.c.channel == channel, deliveries.c.stage == Stage.HELD.value)
    are_these = and_(is_held, deliveries.c.notification.in_(ids))
    await connection.execute(update(deliveries).where(are_these).values(values))


async def add_alone(connection: AsyncConnection, telling: Telling, channel: str, expires: float, now: float) -> None:
    """A notification of ours that goes to one channel."""
    kind = Kind.DIGEST if isinstance(telling, Digest) else Kind.SUMMARY
    values: dict[str, Any] = {"id": telling.id, "kind": kind.value, "opportunity": _stored(telling), "state": "pending"}
    values |= {"attempts": 0, "error": "", "created": now, "updated": now}
    done = await connection.execute(insert(notifications).values(values))
    seq = int((done.inserted_primary_key or (0,))[0])
    await connection.execute(insert(deliveries).values(delivery_row(telling.id, seq, channel, expires, now)))


def _stored(telling: Telling) -> str:
    return telling.model_dump_json(exclude={"deals", "notices"} if isinstance(telling, Digest) else None)


async def _end(connection: AsyncConnection, row: Row[Any], stage: Stage, error: str, now: float, *, is_told: bool) -> None:
    """A delivery comes to an end of its own. `is_told`: no alarm tells of it, since it was over before its time by choice."""
    values = {"stage": stage.value, "error": error[:500], "digest": None, "updated": now, "told": is_told}
    await connection.execute(update(deliveries).where(is_row(row)).values(values))
    await settle(connection, row.notification, now)


def _end_of(row: Row[Any]) -> Stage:
    """What a delivery that waits or is held comes to when its time is over."""
    if row.repeats or row.crashes:
        return Stage.UNKNOWN
    is_snoozed = row.stage == Stage.HELD.value and row.held_why == Why.SNOOZED.value
    return Stage.SNOOZED if is_snoozed else Stage.EXPIRED


def _over(telling: Telling) -> float:
    """When its deal is over."""
    expires = telling.deal.expires if isinstance(telling, Opportunity) else None
    return expires.timestamp() if expires else float("inf")


def is_row(row: Row[Any]) -> ColumnElement[bool]:
    """This delivery, as long as it stands where it did: another process may have ended it, or opened it, meanwhile."""
    is_it = and_(deliveries.c.notification == row.notification, deliveries.c.channel == row.channel)
    return and_(is_it, deliveries.c.stage == row.stage)
