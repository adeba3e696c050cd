"""Whose turn it is on a channel: the oldest delivery that may go out now; others are held. All within its caller's transaction."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.deals import Opportunity
from notifier.notification import Stage
from notifier.store.digest_store import hold, is_row, left_of, told_of
from notifier.store.schema import deliveries
from notifier.store.settling_store import end_withdrawn, settle
from notifier.times.holding import Hold, Plan
from notifier.times.telling import Digest, Telling, telling_of
from notifier.times.times import Times
from notifier.times.wall_time import Span

_AT_ONCE = 200  # deliveries that are put off in one transaction; the others come next


@dataclass(frozen=True)
class Rhythm:
    """`times`: the environment's, which hold while nobody has edited them. patience: seconds for which an alert is worth it."""

    times: Times = Times()  # noqa: RUF009 (it is frozen)
    patience: float = 86_400.0


@dataclass(frozen=True)
class Turn:
    """The delivery whose turn it is, and what it tells. `counted`: when it counts for the caps; None: it does not."""

    row: Row[Any]
    telling: Telling
    counted: float | None


async def next_turn(connection: AsyncConnection, is_due: ColumnElement[bool], plan: Plan, patience: float) -> Turn | None:
    """The first of what is due that may go out; None where there is none, or where there was much to put off."""
    query = told_of(is_due).limit(1)
    for _ in range(_AT_ONCE):
        row = (await connection.execute(query)).first()
        if row is None:
            return None
        telling = telling_of(row.kind, row.opportunity)
        if isinstance(telling, Opportunity) and telling.withdrawn is not None:
            await end_withdrawn(connection, telling, plan.now)
            continue
        held = None if row.asked else await held_of(connection, row, telling, plan)
        if held is not None:
            await hold(connection, row, telling, held, patience, plan.now)
            continue
        if isinstance(telling, Digest):
            telling = await left_of(connection, telling, row, plan)
            if not telling.deals and not telling.notices:
                await _end_empty(connection, row, plan.now)
                continue
        is_counted = plan.is_counted(telling) and not row.asked
        return Turn(row, telling, plan.now if is_counted else row.counted)
    return None


async def held_of(connection: AsyncConnection, row: Row[Any], telling: Telling, plan: Plan) -> Hold | None:
    """Whether a delivery is to wait, and why."""
    is_in_doubt = bool(row.repeats or row.crashes)  # it keeps its push and its id, since it may be there already
    held = plan.blocked(telling) or (None if is_in_doubt else plan.for_digest(telling, row.received))
    if held is not None or not plan.is_capped or not plan.is_counted(telling):
        return held
    in_hour, in_day = [await _count(connection, row, span) for span in (plan.hour, plan.day)]
    return plan.capped(in_hour, in_day, is_alone=is_in_doubt)


async def _count(connection: AsyncConnection, row: Row[Any], span: Span) -> int:
    """Pushes to the channel that count for its caps, but for this one's own."""
    is_other = deliveries.c.notification != row.notification
    within = deliveries.c.counted >= span.start, deliveries.c.counted < span.end
    query = select(func.count()).select_from(deliveries).where(deliveries.c.channel == row.channel, *within, is_other)
    return int((await connection.execute(query)).scalar_one())


async def _end_empty(connection: AsyncConnection, row: Row[Any], now: float) -> None:
    values = {"stage": Stage.WITHDRAWN.value, "error": "nothing is left of it", "updated": now}
    await connection.execute(update(deliveries).where(is_row(row)).values(values))
    await settle(connection, row.notification, now)
