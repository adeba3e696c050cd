"""Brings a notification to what its deliveries are, and ends those of a withdrawn one; within the transaction that changed them."""

from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.deals import Opportunity
from notifier.message import plain
from notifier.notification import Stage, State, state_of
from notifier.store.schema import channels, deliveries, notifications

PUT_OFF = (Stage.WAITING.value, Stage.HELD.value)  # stages of what may be ended, or looked at anew, at any moment


def delivery_row(identifier: str, seq: int, channel: str, expires: float, now: float) -> dict[str, Any]:
    """A delivery that waits."""
    counts = dict.fromkeys(("attempts", "refusals", "repeats", "crashes", "round", "generation"), 0)
    place = {"notification": identifier, "channel": channel, "seq": seq, "stage": Stage.WAITING.value, "token": "", "error": ""}
    return place | counts | {"due": now, "expires": expires, "updated": now, "told": False}


async def end_withdrawn(connection: AsyncConnection, opportunity: Opportunity, now: float) -> None:
    """End what waits of a withdrawn opportunity, within a transaction. What is open, or in a digest, is heard out first."""
    waits = deliveries.c.notification == opportunity.id, deliveries.c.stage.in_(PUT_OFF)
    may_be_there = or_(deliveries.c.repeats > 0, deliveries.c.crashes > 0)
    why = {"updated": now, "error": plain(opportunity.withdrawn or "", 500)}
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
