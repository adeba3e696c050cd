"""Keeps notifications: takes opportunities in once each, lists them, opens them again, forgets old ones. It sends nothing."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, case, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import PART, delete_part
from common.deals import Notice, Opportunity
from notifier.notification import OPEN, Delivery, DeliveryPolicy, Notification, Stage, State
from notifier.store.digest_store import end_over, open_again
from notifier.store.schema import Database, channels, deliveries, notifications
from notifier.store.settling_store import delivery_row, end_withdrawn, settle
from notifier.times.telling import Kind, kind_of, telling_of

_UNTRACED: Mapping[str, str] = {}
_OPEN = tuple(stage.value for stage in OPEN)


class NotificationStore:
    """The notifications table, with a delivery for each channel."""

    def __init__(self, database: Database, policy: DeliveryPolicy) -> None:
        self._database, self._policy = database, policy

    async def prepare(self) -> None:
        """Make the tables, or bring those of an earlier version to today's form."""
        await self._database.prepare()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._database.engine.dispose()

    async def add(
        self, opportunities: Sequence[Opportunity], targets: Sequence[str], traces: Mapping[str, str] = _UNTRACED
    ) -> list[str]:
        """Store those that are new, with a delivery to each channel, and apply later revisions of those known, all or none.

        The ids of what is new to tell: also of what was withdrawn before any channel was there, and is no longer. A revision of
        what is not known and would have expired is passed over: that was told, and forgotten. `traces`: trace parents by id.
        """
        unique = {each.id: each for each in sorted(opportunities, key=lambda each: each.revision)}
        new, now = list[str](), self._database.now()
        async with self._database.writer() as connection:
            columns = notifications.c.id, notifications.c.kind, notifications.c.opportunity, notifications.c.state
            query = select(*columns).where(notifications.c.id.in_(list(unique)))
            known = {row.id: row for row in await connection.execute(query.with_for_update())}
            for each in unique.values():
                expires = self._policy.expires(each, now)
                row = known.get(each.id)
                if row is not None and row.kind != Kind.DEAL.value:
                    continue  # an id of another kind's: there is nothing to revise
                if row is not None:
                    is_later = each.revision and each.revision > Opportunity.model_validate_json(row.opportunity).revision
                    is_new = await _revise(connection, each, State(row.state), expires, now) if is_later else False
                elif each.revision and expires <= now:
                    continue
                else:
                    await _add(connection, each, targets, expires, now)
                    await _note_trace(connection, each.id, traces.get(each.id))
                    is_new = each.withdrawn is None
                new += [each.id] if is_new else []
        return new

    async def add_notices(self, notices: Sequence[Notice], targets: Sequence[str]) -> list[str]:
        """Store those that are new, with a delivery to each channel, all or none; the ids of what is new."""
        unique, now = {each.id: each for each in notices}, self._database.now()
        async with self._database.writer() as connection:
            query = select(notifications.c.id).where(notifications.c.id.in_(list(unique)))
            known = set((await connection.execute(query)).scalars())
            new = [each for identifier, each in unique.items() if identifier not in known]
            for each in new:
                seq = await _insert(connection, each, State.PENDING if targets else State.LOGGED, now)
                rows = [delivery_row(each.id, seq, key, now + self._policy.patience, now) for key in targets]
                if rows:
                    await connection.execute(insert(deliveries), rows)
        return [each.id for each in new]

    async def adopt(self, targets: Sequence[str]) -> int:
        """Give pending notifications without an open delivery one to each channel that lacks it; how many there were."""
        is_open = exists().where(deliveries.c.notification == notifications.c.id, deliveries.c.stage.in_(_OPEN))
        query = select(notifications).where(notifications.c.state == State.PENDING.value, ~is_open).order_by(notifications.c.seq)
        async with self._database.writer() as connection:
            rows = (await connection.execute(query.limit(PART))).mappings().all()
            for row in rows:
                have = set(await _keys_of(connection, row["id"]))
                lacking = [key for key in targets if key not in have]
                expires = row["created"] + self._policy.patience
                now = self._database.now()
                for key in lacking:
                    await connection.execute(insert(deliveries).values(delivery_row(row["id"], row["seq"], key, expires, now)))
                await settle(connection, row["id"], self._database.now())
        return len(rows)

    async def get(self, identifier: str) -> Notification | None:
        """One notification."""
        async with self._database.reader() as connection:
            found = await _read(connection, select(notifications).where(notifications.c.id == identifier))
        return found[0] if found else None

    async def reopen(self, identifier: str, targets: Sequence[str], again: str | None = None) -> Notification | None:
        """Make it pending on those of `targets` that do not have it, and on `again` in any case, where it is another push then.

        None where there is no such notification. A push that is open stays as it is, alone or in a digest. What a person asks for
        goes out at once, whatever the hour; a digest goes to its own channel alone.
        """
        now = self._database.now()
        fresh: dict[str, Any] = {"due": now, "expires": now + self._policy.patience, "refusals": 0, "repeats": 0, "crashes": 0}
        fresh |= {"updated": now, "told": False, "asked": True, "digest": None}
        async with self._database.writer() as connection:
            query = select(notifications.c.seq, notifications.c.kind).where(notifications.c.id == identifier).with_for_update()
            found = (await connection.execute(query)).first()
            if found is None:
                return None
            have = set(await _keys_of(connection, identifier))
            is_for_all = found.kind in (Kind.DEAL.value, Kind.NOTICE.value)
            for key in [each for each in targets if is_for_all and each not in have]:
                row = delivery_row(identifier, found.seq, key, now + self._policy.patience, now)
                await connection.execute(insert(deliveries).values(row))
            on_its_way = deliveries.c.stage.in_([Stage.SENDING.value, Stage.IN_DIGEST.value])
            mine = deliveries.c.notification == identifier, ~on_its_way
            lacking = update(deliveries).where(*mine, deliveries.c.channel.in_(targets), deliveries.c.stage != Stage.SENT.value)
            await connection.execute(lacking.values(stage=Stage.WAITING.value, **fresh))
            anew = update(deliveries).where(*mine, deliveries.c.channel == again, deliveries.c.stage == Stage.SENT.value)
            await connection.execute(anew.values(stage=Stage.WAITING.value, round=deliveries.c.round + 1, **fresh))
            if found.kind == Kind.DIGEST.value:
                await open_again(connection, identifier, now)
            await settle(connection, identifier, now)
        return await self.get(identifier)

    async def page(
        self, *, before: int | None, limit: int, state: State | None = None, channel: str | None = None
    ) -> list[Notification]:
        """Newest first, those with a `seq` below `before`. `channel`: those alone that went, or go, to the channel of that name."""
        query = select(notifications).order_by(notifications.c.seq.desc()).limit(limit)
        if before is not None:
            query = query.where(notifications.c.seq < before)
        if state:
            query = query.where(notifications.c.state == state.value)
        if channel is not None:
            keys = select(channels.c.key).where(channels.c.label == channel)
            query = query.where(exists().where(deliveries.c.notification == notifications.c.id, deliveries.c.channel.in_(keys)))
        async with self._database.reader() as connection:
            return await _read(connection, query)

    async def forget(self, older_than: float) -> int:
        """Delete what came to its end more than `older_than` seconds ago, with its deliveries; how many. One part at a time."""
        is_old = and_(notifications.c.updated < self._database.now() - older_than, notifications.c.state != State.PENDING.value)
        async with self._database.writer() as connection:
            return await delete_part(connection, notifications, is_old)

    async def expire(self) -> int:
        """End waiting deliveries whose time is over, of channels too that nobody serves any more; how many."""
        async with self._database.writer() as connection:
            return await end_over(connection, self._database.now())


async def _add(connection: AsyncConnection, opportunity: Opportunity, targets: Sequence[str], expires: float, now: float) -> None:
    """A new notification. One that was withdrawn before it came is kept too: an earlier revision that comes later is known then."""
    state = State.PENDING if targets else State.LOGGED
    seq = await _insert(connection, opportunity, state if opportunity.withdrawn is None else State.WITHDRAWN, now)
    rows = [delivery_row(opportunity.id, seq, key, expires, now) for key in targets]
    if rows:
        await connection.execute(insert(deliveries), rows)
    if rows and opportunity.withdrawn is not None:
        await end_withdrawn(connection, opportunity, now)


async def _note_trace(connection: AsyncConnection, identifier: str, traceparent: str | None) -> None:
    if traceparent is not None:
        of_it = update(notifications).where(notifications.c.id == identifier)
        await connection.execute(of_it.values(traceparent=traceparent))


async def _revise(connection: AsyncConnection, opportunity: Opportunity, was: State, expires: float, now: float) -> bool:
    """Let a known notification say what its later revision does, as far as it has not gone out; whether it is new to tell.

    That is what was withdrawn, has no channel, and is withdrawn no more. Where every channel has it nothing is taken back. `was`:
    its state before.
    """
    query = select(deliveries.c.stage).where(deliveries.c.notification == opportunity.id)
    stages = set((await connection.execute(query)).scalars())
    if stages <= {Stage.SENT.value} and was is not State.WITHDRAWN:
        return False
    told = {"opportunity": opportunity.model_dump_json(), "updated": now}
    await connection.execute(update(notifications).where(notifications.c.id == opportunity.id).values(told))
    if opportunity.withdrawn is not None:
        if stages:  # else it stays withdrawn, and not logged
            await end_withdrawn(connection, opportunity, now)
        return False
    mine = deliveries.c.notification == opportunity.id
    again = {"stage": Stage.WAITING.value, "due": now, "error": "", "updated": now, "digest": None, "told": False, "asked": False}
    await connection.execute(update(deliveries).where(mine, deliveries.c.stage == Stage.WITHDRAWN.value).values(again))
    await connection.execute(update(deliveries).where(mine, deliveries.c.stage == Stage.WAITING.value).values(expires=expires))
    held = update(deliveries).where(mine, deliveries.c.stage == Stage.HELD.value)  # what it says now may go by other rules
    longest: Any = case((deliveries.c.expires > expires, deliveries.c.expires), else_=expires)
    if opportunity.deal.expires is not None:
        over = opportunity.deal.expires.timestamp()
        longest = case((longest > over, over), else_=longest)
    await connection.execute(held.values(stage=Stage.WAITING.value, due=now, updated=now, expires=longest))
    await settle(connection, opportunity.id, now)
    return not stages


async def _insert(connection: AsyncConnection, telling: Opportunity | Notice, state: State, now: float) -> int:
    values: dict[str, Any] = {"id": telling.id, "kind": kind_of(telling).value, "opportunity": telling.model_dump_json()}
    values |= {"state": state.value}
    values |= {"attempts": 0, "error": "", "created": now, "updated": now}
    done = await connection.execute(insert(notifications).values(values))
    return int((done.inserted_primary_key or (0,))[0])


async def _keys_of(connection: AsyncConnection, identifier: str) -> Collection[str]:
    return list((await connection.execute(select(deliveries.c.channel).where(deliveries.c.notification == identifier))).scalars())


async def _read(connection: AsyncConnection, query: Any) -> list[Notification]:
    rows = (await connection.execute(query)).mappings().all()
    mine = deliveries.outerjoin(channels, channels.c.key == deliveries.c.channel)
    wanted = select(deliveries, channels.c.label).select_from(mine).order_by(channels.c.label)
    of_these = wanted.where(or_(False, deliveries.c.notification.in_([row["id"] for row in rows])))
    found: dict[str, list[Delivery]] = {}
    for row in (await connection.execute(of_these)).mappings():
        found.setdefault(row["notification"], []).append(_delivery(row))
    return [_notification(row, tuple(found.get(row["id"], ()))) for row in rows]


def _delivery(row: Any) -> Delivery:
    label, stage = row["label"] or "a channel of earlier", Stage(row["stage"])
    held = row["held_why"], row["held_until"], row["digest"]
    return Delivery(row["channel"], label, stage, row["attempts"], row["error"], row["updated"], *held)


def _notification(row: Any, deliveries: tuple[Delivery, ...]) -> Notification:
    return Notification(
        seq=row["seq"],
        telling=telling_of(row["kind"], row["opportunity"]),
        state=State(row["state"]),
        attempts=row["attempts"],
        error=row["error"],
        created=row["created"],
        updated=row["updated"],
        sent=row["sent"],
        deliveries=deliveries,
    )
