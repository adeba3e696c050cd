"""Keeps notifications: takes opportunities in once each, lists them, opens them again, forgets old ones. It sends nothing."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import and_, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import PART, delete_part
from common.deals import Opportunity
from notifier.notification import Delivery, DeliveryPolicy, Notification, Stage, State, state_of
from notifier.store.schema import Database, channels, deliveries, notifications

_OPEN = (Stage.WAITING.value, Stage.SENDING.value)


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

    async def add(self, opportunities: Sequence[Opportunity], targets: Sequence[str]) -> list[str]:
        """Store those that are new, with a delivery to each channel, and apply later revisions of those known, all or none.

        The ids of what is new to tell: also of what was withdrawn before any channel was there, and is no longer. A revision of
        what is not known and would have expired is passed over: that was told, and forgotten.
        """
        unique = {each.id: each for each in sorted(opportunities, key=lambda each: each.revision)}
        new, now = list[str](), self._database.now()
        async with self._database.writer() as connection:
            columns = notifications.c.id, notifications.c.opportunity, notifications.c.state
            query = select(*columns).where(notifications.c.id.in_(list(unique)))
            known = {row.id: row for row in await connection.execute(query.with_for_update())}
            for each in unique.values():
                expires = self._policy.expires(each, now)
                row = known.get(each.id)
                if row is not None:
                    is_later = each.revision and each.revision > Opportunity.model_validate_json(row.opportunity).revision
                    is_new = await _revise(connection, each, State(row.state), expires, now) if is_later else False
                elif each.revision and expires <= now:
                    continue
                else:
                    await _add(connection, each, targets, expires, now)
                    is_new = each.withdrawn is None
                new += [each.id] if is_new else []
        return new

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
                    await connection.execute(insert(deliveries).values(_delivery_row(row["id"], row["seq"], key, expires, now)))
                await settle(connection, row["id"], self._database.now())
        return len(rows)

    async def get(self, identifier: str) -> Notification | None:
        """One notification."""
        async with self._database.reader() as connection:
            found = await _read(connection, select(notifications).where(notifications.c.id == identifier))
        return found[0] if found else None

    async def reopen(self, identifier: str, targets: Sequence[str], again: str | None = None) -> Notification | None:
        """Make it pending on those of `targets` that do not have it, and on `again` in any case, where it is another push then.

        None where there is no such notification. A push that is open stays as it is.
        """
        now = self._database.now()
        fresh = {"due": now, "expires": now + self._policy.patience, "refusals": 0, "repeats": 0, "crashes": 0}
        fresh |= {"updated": now, "told": False}
        async with self._database.writer() as connection:
            query = select(notifications.c.seq).where(notifications.c.id == identifier).with_for_update()
            seq = (await connection.execute(query)).scalar()
            if seq is None:
                return None
            have = set(await _keys_of(connection, identifier))
            for key in targets:
                if key not in have:
                    row = _delivery_row(identifier, seq, key, now + self._policy.patience, now)
                    await connection.execute(insert(deliveries).values(row))
            mine = deliveries.c.notification == identifier, deliveries.c.stage != Stage.SENDING.value
            lacking = update(deliveries).where(*mine, deliveries.c.channel.in_(targets), deliveries.c.stage != Stage.SENT.value)
            await connection.execute(lacking.values(stage=Stage.WAITING.value, **fresh))
            anew = update(deliveries).where(*mine, deliveries.c.channel == again, deliveries.c.stage == Stage.SENT.value)
            await connection.execute(anew.values(stage=Stage.WAITING.value, round=deliveries.c.round + 1, **fresh))
            await settle(connection, identifier, now)
        return await self.get(identifier)

    async def page(self, *, before: int | None, limit: int, state: State | None = None) -> list[Notification]:
        """Newest first, those with a `seq` below `before`."""
        query = select(notifications).order_by(notifications.c.seq.desc()).limit(limit)
        if before is not None:
            query = query.where(notifications.c.seq < before)
        if state:
            query = query.where(notifications.c.state == state.value)
        async with self._database.reader() as connection:
            return await _read(connection, query)

    async def forget(self, older_than: float) -> int:
        """Delete what came to its end more than `older_than` seconds ago, with its deliveries; how many. One part at a time."""
        is_old = and_(notifications.c.updated < self._database.now() - older_than, notifications.c.state != State.PENDING.value)
        async with self._database.writer() as connection:
            return await delete_part(connection, notifications, is_old)

    async def expire(self) -> int:
        """End waiting deliveries whose time is over, of channels too that nobody serves any more; how many."""
        now = self._database.now()
        is_over = deliveries.c.stage == Stage.WAITING.value, deliveries.c.expires <= now
        async with self._database.writer() as connection:
            query = select(deliveries.c.notification, deliveries.c.channel, deliveries.c.repeats, deliveries.c.crashes)
            rows = (await connection.execute(query.where(*is_over).limit(PART))).all()
            for identifier, channel, repeats, crashes in rows:
                stage = Stage.UNKNOWN if repeats or crashes else Stage.EXPIRED
                one = update(deliveries).where(*is_over, deliveries.c.notification == identifier, deliveries.c.channel == channel)
                await connection.execute(one.values(stage=stage.value, updated=now))
            for identifier in {row[0] for row in rows}:
                await settle(connection, identifier, now)
        return len(rows)


async def end_withdrawn(connection: AsyncConnection, opportunity: Opportunity, now: float) -> None:
    """End what waits of a withdrawn opportunity, within a transaction. What is open just now is heard out first."""
    waits = deliveries.c.notification == opportunity.id, deliveries.c.stage == Stage.WAITING.value
    may_be_there = or_(deliveries.c.repeats > 0, deliveries.c.crashes > 0)
    why = {"updated": now, "error": (opportunity.withdrawn or "")[:500]}
    await connection.execute(update(deliveries).where(*waits, may_be_there).values(stage=Stage.UNKNOWN.value, **why))
    await connection.execute(update(deliveries).where(*waits).values(stage=Stage.WITHDRAWN.value, **why))
    await settle(connection, opportunity.id, now)


async def settle(connection: AsyncConnection, identifier: str, now: float) -> State:
    """Bring a notification's own row up to its deliveries, within the transaction that changed one of them."""
    # The lock makes two channels that end at the same moment see each other; SQLite has one writer anyway.
    query = select(notifications.c.sent).where(notifications.c.id == identifier).with_for_update()
    sent = (await connection.execute(query)).scalar()
    mine = deliveries.outerjoin(channels, channels.c.key == deliveries.c.channel)
    columns = (deliveries.c.stage, deliveries.c.attempts, deliveries.c.error, channels.c.label)
    rows = (await connection.execute(select(*columns).select_from(mine).where(deliveries.c.notification == identifier))).all()
    state = state_of([Stage(row.stage) for row in rows])
    errors = [f"{row.label or 'a channel of earlier'}: {row.error}" for row in rows if row.error and row.stage != Stage.SENT.value]
    values = {"state": state.value, "error": "; ".join(errors)[:2000], "attempts": max((row.attempts for row in rows), default=0)}
    values |= {"updated": now, "sent": sent or now if state is State.SENT else sent}
    await connection.execute(update(notifications).where(notifications.c.id == identifier).values(values))
    return state


async def _add(connection: AsyncConnection, opportunity: Opportunity, targets: Sequence[str], expires: float, now: float) -> None:
    """A new notification. One that was withdrawn before it came is kept too: an earlier revision that comes later is known then."""
    state = State.PENDING if targets else State.LOGGED
    seq = await _insert(connection, opportunity, state if opportunity.withdrawn is None else State.WITHDRAWN, now)
    rows = [_delivery_row(opportunity.id, seq, key, expires, now) for key in targets]
    if rows:
        await connection.execute(insert(deliveries), rows)
    if rows and opportunity.withdrawn is not None:
        await end_withdrawn(connection, opportunity, now)


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
    again = {"stage": Stage.WAITING.value, "due": now, "error": "", "updated": now}
    await connection.execute(update(deliveries).where(mine, deliveries.c.stage == Stage.WITHDRAWN.value).values(again))
    await connection.execute(update(deliveries).where(mine, deliveries.c.stage == Stage.WAITING.value).values(expires=expires))
    await settle(connection, opportunity.id, now)
    return not stages


async def _insert(connection: AsyncConnection, opportunity: Opportunity, state: State, now: float) -> int:
    values: dict[str, Any] = {"id": opportunity.id, "opportunity": opportunity.model_dump_json(), "state": state.value}
    values |= {"attempts": 0, "error": "", "created": now, "updated": now}
    done = await connection.execute(insert(notifications).values(values))
    return int((done.inserted_primary_key or (0,))[0])


def _delivery_row(identifier: str, seq: int, channel: str, expires: float, now: float) -> dict[str, Any]:
    counts = dict.fromkeys(("attempts", "refusals", "repeats", "crashes", "round", "generation"), 0)
    place = {"notification": identifier, "channel": channel, "seq": seq, "stage": Stage.WAITING.value, "token": "", "error": ""}
    return place | counts | {"due": now, "expires": expires, "updated": now, "told": False}


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
    return Delivery(row["channel"], label, stage, row["attempts"], row["error"], row["updated"])


def _notification(row: Any, deliveries: tuple[Delivery, ...]) -> Notification:
    return Notification(
        seq=row["seq"],
        opportunity=Opportunity.model_validate_json(row["opportunity"]),
        state=State(row["state"]),
        attempts=row["attempts"],
        error=row["error"],
        created=row["created"],
        updated=row["updated"],
        sent=row["sent"],
        deliveries=deliveries,
    )
