"""Withdraws an alert, or puts it right, when its entry's price has changed: a further row of the outbox, its revision.

Whether the alert has gone out the notifier alone knows: it applies a revision where it has not. Every function works within the
transaction that stores the change.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.deals import Opportunity
from scanner.deal_data import SAME_PRICE, Judged, KnownDeal
from scanner.store.schema import deals, opportunities, outbox, outbox_entries

_PATIENCE, _LONGEST_PATIENCE = (
    timedelta(days=1),
    timedelta(days=7),
)  # for which an alert is worth sending; where a notifier is told so


@dataclass(frozen=True)
class _Alert:
    """An alert by its first row in the outbox, and as it was told `first`. `revision`: its last; `withdrawn`: why, by that."""

    row: int
    revision: int
    withdrawn: str | None
    first: Opportunity


async def withdraw_alert(connection: AsyncConnection, entry: str, why: str, now: datetime) -> bool:
    """Withdraw the last alert of an entry, whose key is `entry`, unless it is; whether an outbox row was written."""
    alert = await _alert_of(connection, entry)
    if alert is None or alert.withdrawn is not None:
        return False
    await _revise(connection, alert, alert.first, why, now)
    return True


async def withdraw_of_deal(connection: AsyncConnection, deal_id: int, why: str, now: datetime) -> bool:
    """Withdraw the alert of this very deal, unless it is; whether an outbox row was written."""
    alert = await _alert_where(connection, deals.c.id == deal_id)
    if alert is None or alert.withdrawn is not None:
        return False
    await _revise(connection, alert, alert.first, why, now)
    return True


async def put_own_right(connection: AsyncConnection, judged: Judged, now: datetime) -> bool:
    """What a price that a person put right does to the alert of that very deal: it says what holds now, or is withdrawn."""
    alert = await _alert_where(connection, deals.c.id == judged.deal.id)
    if alert is None:
        return False
    if judged.opportunity and judged.is_sound:
        await _revise(connection, alert, judged.opportunity, None, now)
    elif alert.withdrawn is None:
        await _revise(connection, alert, alert.first, f"its price is {judged.deal.price:,.2f} {judged.deal.currency}", now)
    else:
        return False
    return True


async def put_right(connection: AsyncConnection, judged: Judged, now: datetime) -> bool:
    """What a judged price does to the alert of a former price of its entry; whether an outbox row was written.

    One that is an alert itself, or dearer, or not good enough, ends the former; any other takes its place, also where a price in
    between had it withdrawn.
    """
    if judged.deal.entry is None:
        return False
    alert = await _alert_of(connection, judged.deal.entry, but=judged.deal.id)
    if alert is None:
        return False
    this = judged.opportunity
    if this and judged.is_sound and not judged.is_alert and this.deal.price <= alert.first.deal.price + SAME_PRICE:
        await _revise(connection, alert, this, None, now)
        return True
    if alert.withdrawn is not None:
        return False
    asked = f"its price is {judged.deal.price:,.2f} {judged.deal.currency} now"
    await _revise(connection, alert, alert.first, f"{asked}, which is told by itself" if judged.is_alert else asked, now)
    return True


async def tell_end(connection: AsyncConnection, deal: KnownDeal, says: Opportunity, now: datetime) -> bool:
    """The deal of an alert, as it `says` now, ends at another moment than was told; whether an outbox row was written.

    Only what may matter to one that waits is told: a sooner end while it may wait still, and a later one where it would have ended
    before it was old. Some feeds put the end off with every fetch.
    """
    alert, was, end = await _alert_of(connection, deal.entry), deal.expires, says.deal.expires
    if alert is None or alert.withdrawn is not None:
        return False
    is_sooner = end is not None and (was is None or end < was) and end < alert.first.created + _LONGEST_PATIENCE
    was_soon = was is not None and was < alert.first.created + _PATIENCE
    if is_sooner or was_soon:
        await _revise(connection, alert, says, None, now)
    return is_sooner or was_soon


async def _alert_of(connection: AsyncConnection, entry: str, but: int = 0) -> _Alert | None:
    """The last alert of an entry whose first row is in the outbox still, not that of the deal `but`.

    What is no longer there was stored by a notifier days ago: it has gone out, or is not worth sending any more.
    """
    return await _alert_where(connection, func.coalesce(deals.c.entry, deals.c.key) == entry, deals.c.id != but)


async def _alert_where(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> _Alert | None:
    columns = (outbox.c.id, outbox.c.revision, outbox.c.withdrawn, opportunities.c.body)
    joined = select(*columns).join(opportunities, opportunities.c.id == outbox.c.opportunity_id)
    query = joined.join(deals, deals.c.id == opportunities.c.deal_id).order_by(outbox.c.id.desc()).limit(1)
    row = (await connection.execute(query.where(*conditions))).first()
    return row and _Alert(row.id, row.revision, row.withdrawn, Opportunity.model_validate_json(row.body))


async def _revise(connection: AsyncConnection, alert: _Alert, says: Opportunity, why: str | None, now: datetime) -> None:
    """Publish what an alert says now, as the same alert: it keeps its id, and the moment from which its patience counts."""
    facts = {
        "id": alert.first.id,
        "created": alert.first.created,
        "why_not": None,
        "revision": alert.revision + 1,
        "withdrawn": why,
    }
    revised = says.model_copy(update=facts)
    row = {"opportunity_id": revised.stored_as, "body": revised.model_dump_json(), "created": now.timestamp()}
    await connection.execute(insert(outbox).values(row))
    noted = {"revision": revised.revision, "withdrawn": why}
    await connection.execute(update(outbox).where(outbox.c.id == alert.row).values(noted))
    # What was not appended never needs to be. A relay that is about to all the same does no harm: the revision is known by then.
    is_here = outbox.c.sent.is_(None), outbox.c.id.not_in(select(outbox_entries.c.outbox_id))
    await connection.execute(update(outbox).where(outbox.c.id == alert.row, *is_here).values(sent=now.timestamp()))
